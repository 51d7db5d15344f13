package io.forebay.pool;

import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The slots of a pool: finds the caller's, and walks the others' to steal. */
final class Slots<T> {
    /*
     * Three immutable views, replaced whole under the lock: `all` for stealing, ageing and counting, `owned` to find a
     * thread's slot, `stripes` to claim one. Slots only ever join, but for a disowned one that has run empty: nobody
     * pushes to it any more, so a thief that still sees it finds nothing and loses nothing. Growing never moves items.
     */
    /**
     * A busy neighbour costs a read, but to find none free costs making or destroying an item: where threads lose their
     * cores in the middle of an operation, more attempts than the 3 or 4 of Stormpot and Caffeine pay.
     */
    private static final int CLAIM_ATTEMPTS = 16;

    private final Pool<T> pool;
    private final int manyStripes;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Slot<T>[] all;
    private volatile Slot<T>[] stripes;
    private volatile OwnedSlots<T> owned;
    private PoolCounts retired = PoolCounts.NONE; // under the lock: what removed slots had counted

    Slots(Pool<T> pool) {
        this.pool = pool;
        this.manyStripes = Math.min(pool.settings.maxStripes(), PoolBuilder.manyStripes());
        Slot<T>[] first = newSlots(1);
        first[0] = new Slot<>(pool);
        this.stripes = first;
        this.all = first;
        this.owned = new OwnedSlots<>(first);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    static <T> Slot<T>[] newSlots(int length) {
        return new Slot[length];
    }

    /** The calling thread's own slot, null if it has none; {@code hash} is the thread's. */
    @Nullable
    Slot<T> findOwned(int hash) {
        return owned.find(Thread.currentThread(), hash);
    }

    /** Claims a striped slot, or returns null if those tried were busy; {@code hash} is the calling thread's. */
    @Nullable
    Slot<T> claim(int hash) {
        Slot<T>[] stripes = this.stripes;
        int home = ThreadHash.spread(hash, stripes.length);
        Slot<T> slot = stripes[home];
        return slot.tryClaim() ? slot : claimContended(stripes, home);
    }

    /**
     * The stripe is busy, so there had better be more of them: two threads that keep meeting at one cost each other more
     * with every operation, by its cache lines, than a neighbour can save. Only once there are many, the neighbours are tried
     * first: each more makes a search longer. That so many are claimed at once means that threads lost their processors in
     * the middle of an operation, which where there are many more threads than processors is most of the time.
     */
    private @Nullable Slot<T> claimContended(Slot<T>[] stripes, int home) {
        if (stripes.length < manyStripes) {
            Slot<T> grown = claimGrown(stripes.length);
            if (grown != null) {
                return grown;
            }
        }
        int attempts = Math.min(CLAIM_ATTEMPTS, stripes.length);
        for (int i = 1; i < attempts; i++) {
            Slot<T> slot = stripes[(home + i) & (stripes.length - 1)];
            if (slot.tryClaim()) {
                return slot;
            }
        }
        return claimGrown(stripes.length);
    }

    /** Null also if the heap has no room for more: who puts an item goes without a stripe, or the item would be lost. */
    private @Nullable Slot<T> claimGrown(int seen) {
        if (seen >= pool.settings.maxStripes() || !lock.tryLock()) {
            return null;
        }
        try {
            int length = stripes.length;
            if (length != seen) {
                return null; // another thread was first: the next operation profits
            }
            Slot<T>[] grown = Arrays.copyOf(stripes, length * 2);
            for (int i = length; i < grown.length; i++) {
                grown[i] = new Slot<>(pool);
            }
            grown[length].tryClaim(); // before it is published, so it succeeds
            Slot<T>[] joined = Arrays.copyOf(all, all.length + length);
            System.arraycopy(grown, length, joined, all.length, length);
            all = joined;
            stripes = grown;
            return grown[length];
        } catch (OutOfMemoryError noSlots) { // nothing has changed
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Ends what {@link #claim} began; an owned slot needs no ending. */
    void release(Slot<T> slot) {
        if (!slot.isOwned()) {
            slot.releaseClaim();
        }
    }

    Slot<T> attach(Thread thread, Executor executor) {
        Slot<T> found = owned.find(thread, ThreadHash.of(thread));
        if (found != null) {
            return found;
        }
        lock.lock();
        try {
            Slot<T> slot = new Slot<>(pool, thread, executor);
            Slot<T>[] joined = Arrays.copyOf(all, all.length + 1);
            joined[all.length] = slot;
            all = joined;
            owned = new OwnedSlots<>(joined);
            return slot;
        } finally {
            lock.unlock();
        }
    }

    /** Ends an ownership: by the owner itself, or for a dead one under the cycle lock. */
    void disown(Slot<T> slot) {
        lock.lock();
        try {
            if (slot.owner() != null) {
                slot.disown();
                owned = new OwnedSlots<>(all);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of disowned slots that have run empty. */
    void prune() {
        Slot<T>[] all = this.all;
        boolean some = false;
        for (Slot<T> slot : all) {
            some |= isSpent(slot);
        }
        if (!some) {
            return;
        }
        lock.lock();
        try {
            Slot<T>[] kept = newSlots(this.all.length);
            int n = 0;
            for (Slot<T> slot : this.all) {
                if (isSpent(slot)) {
                    retired = retired.plus(slot);
                } else {
                    kept[n++] = slot;
                }
            }
            this.all = Arrays.copyOf(kept, n);
        } finally {
            lock.unlock();
        }
    }

    private static boolean isSpent(Slot<?> slot) {
        return slot.isOwned() && slot.owner() == null && slot.chain.isEmpty();
    }

    /** Steals a batch into the empty private stack of {@code thief}, from its right-hand neighbour on. */
    @Nullable
    T stealInto(Slot<T> thief) {
        Slot<T>[] all = this.all;
        int own = indexOf(all, thief);
        T item = stealInto(thief, all, own + 1, all.length);
        return item != null ? item : stealInto(thief, all, 0, own);
    }

    private static <T> @Nullable T stealInto(Slot<T> thief, Slot<T>[] all, int from, int to) {
        for (int i = from; i < to; i++) {
            T item = thief.stealFrom(all[i]);
            if (item != null) {
                return item;
            }
        }
        return null;
    }

    private static int indexOf(Slot<?>[] all, Slot<?> slot) {
        int hint = slot.index;
        if (hint < all.length && all[hint] == slot) {
            return hint;
        }
        int i = 0;
        while (all[i] != slot) {
            i++;
        }
        slot.index = i;
        return i;
    }

    Slot<T>[] all() {
        return all;
    }

    long idle() {
        long idle = 0;
        for (Slot<T> slot : all) {
            idle += slot.idle();
        }
        return idle;
    }

    /** Sums what the slots counted; exact at a quiet point. */
    PoolCounts counts() {
        lock.lock();
        try {
            PoolCounts counts = retired;
            for (Slot<T> slot : all) {
                counts = counts.plus(slot);
            }
            return counts.withSlots(all.length, stripes.length);
        } finally {
            lock.unlock();
        }
    }
}
