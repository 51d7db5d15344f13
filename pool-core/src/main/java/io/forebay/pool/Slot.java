package io.forebay.pool;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One processor's part of a {@link Pool}: the private stack and the shared chain of one event loop.
 *
 * <p>A slot is got with {@link Pool#attach} and is the fastest way into the pool for the thread that attached it:
 * {@link #get} and {@link #put} need no thread lookup and, while the private stack serves them, no atomic operation.
 * <b>Only the owner may call them</b>; from any other thread the result is undefined (an {@code AssertionError} with
 * {@code -ea}), and {@link Pool#get} and {@link Pool#put} are the methods to call.
 *
 * <p>Do not keep a slot beyond the life of its event loop: call {@link #detach} last thing on the owner. A slot whose
 * owner died without that is adopted by the next cycle.
 *
 * <p>Memory effects: actions before {@code put(x)} happen-before the return of the {@code get()}, on whichever thread
 * and through whichever slot, that returns x.
 *
 * @param <T> the type of the pooled items
 */
public final class Slot<T> extends SlotLayout {
    /*
     * Holder: the one thread that may touch the private stack, the head of the chain and the counters. For an owned
     * slot that is its owner until it detaches or dies, then whoever holds the pool's cycle lock. For a striped slot it
     * is whoever won the claim, until the release store.
     *
     *   get:  pop the private stack; else a batch from the own chain's head; else a batch from another chain's tail
     *   put:  push the private stack; if it is full, its older half goes to the own chain's head first
     *
     * An item leaves the slot by exactly one of: a bit of the private stack that the holder clears, a CAS won on the chain.
     * Ageing says which of the chain are victims.
     */
    final Pool<T> pool;
    final RingChain<T> chain = new RingChain<>();
    final Ageing<T> ageing;

    /** The thread that attached this slot; null for a striped one, and after detach or adoption. */
    private volatile @Nullable Thread owner;

    int index; // any thread, plain: a hint of where in the pool's slots this one stands, checked when used

    private final boolean owned;

    /** Not null where everything goes through the chain (watched, closed or pressed pool): what passes through it. */
    private Object @Nullable [] passage; // holder only

    /** What that is then, made beforehand: the private stack closes under puts, which must come to pass on a full heap. */
    private final Object[] spare = new Object[1];

    /** A striped slot. */
    Slot(Pool<T> pool) {
        this(pool, null, null);
    }

    Slot(Pool<T> pool, @Nullable Thread owner, @Nullable Executor executor) {
        super(pool.settings.maxPrivateItems());
        this.pool = pool;
        this.owner = owner;
        this.owned = owner != null;
        this.passage = pool.watch == null ? null : spare;
        this.ageing = new Ageing<>(this, executor);
        if (pool.watch == null && pool.isPressed()) {
            closePrivate();
        }
    }

    /** Whether the calling thread is the owner, and so may call {@link #get} and {@link #put}. */
    public boolean isOwner() {
        return owner == Thread.currentThread();
    }

    @Nullable
    Thread owner() {
        return owner;
    }

    boolean isOwned() {
        return owned;
    }

    /**
     * Takes an item, or makes one; see {@link Pool#get}.
     *
     * @return an item that the caller must {@link #put put}, {@link Pool#discard discard} or {@link Pool#writeOff write
     *     off}
     * @throws IllegalStateException if the pool is closed, or the slot was detached
     */
    public T get() {
        assert isCalledByOwner("get()");
        T item = popPrivate();
        return item != null ? item : getSlow();
    }

    /**
     * Takes an item of the private stack: the fast half of {@link #get}, for an owner that has a source of its own to try
     * before the rest of the pool.
     *
     * @return an item as of {@link #get}, or null if the stack is empty
     */
    @SuppressWarnings("unchecked") // only items are pushed
    public @Nullable T pollPrivate() {
        assert isCalledByOwner("pollPrivate()");
        return (T) pop();
    }

    /**
     * As {@link #get}, but returns null instead of calling the factory: the pool was empty, or looked so.
     *
     * @throws IllegalStateException if the pool is closed, or the slot was detached
     */
    public @Nullable T poll() {
        assert isCalledByOwner("poll()");
        T item = popPrivate();
        return item != null ? item : pollSlow();
    }

    /**
     * Lets all that is idle in the private stack count as idle since the last cycle: what has not been taken by the end of
     * the next is destroyed then. For an owner that puts items a while after others were done with them. Owner only.
     */
    public void settle() {
        beginMove();
        makeVictims();
        endMove();
    }

    /**
     * Gives back an item; see {@link Pool#put}.
     *
     * @throws NullPointerException if item is null
     * @throws IllegalStateException if the slot was detached
     */
    public void put(T item) {
        assert isCalledByOwner("put()");
        if (pushPrivate(item)) {
            return;
        }
        pushSlow(item);
        pool.destroyer.flush();
    }

    /**
     * As {@link #put(Object)}, for an item that remembers where it is kept: what the last such put returned, by this slot or
     * another, 0 at first. To put an item where it was last stores no reference, of which collectors have to be told, the more
     * so the older the items are.
     *
     * @return where the item is kept now, to be remembered; {@code place} if it is nowhere in particular
     * @throws NullPointerException if item is null
     * @throws IllegalStateException if the slot was detached
     */
    public int put(T item, int place) {
        int kept = push(checkPut(item), place);
        return kept != NOWHERE ? kept : putSlow(item, place);
    }

    private T checkPut(T item) {
        assert isCalledByOwner("put()");
        return Pool.checkItem(item);
    }

    private int putSlow(T item, int place) {
        int kept = pushSlow(item, place);
        pool.destroyer.flush();
        return kept;
    }

    /**
     * Drops the pointers to an item that was just got, which the private stack may otherwise keep until the slot ages, and
     * which would hide from a leak detector that the item became unreachable. For items that a detector watches; owner only.
     */
    public void forget(T item) {
        drop(item);
    }

    /** The same of the one place where the item was last, for an item that will not come back here; owner only. */
    public void forget(T item, int place) {
        drop(item, place);
    }

    /**
     * Ends the ownership: idle items stay in the pool for others to steal. Called by the owner, last thing; later calls
     * of {@link #get} or {@link #put} on this slot throw. Detaching twice does nothing.
     */
    public void detach() {
        if (owner == null) {
            return;
        }
        if (!isOwner()) {
            throw new IllegalStateException("only its owner may detach a slot: owner=" + owner + ", caller="
                    + Thread.currentThread() + " (was it called outside the event loop?)");
        }
        pool.abandon(this);
    }

    private T getSlow() {
        T item = pollSlow();
        if (item != null) {
            return item;
        }
        countMiss();
        return pool.create();
    }

    private @Nullable T pollSlow() {
        if (owner == null) {
            throw new IllegalStateException("get() on a detached slot (kept beyond the life of its event loop?)");
        }
        pool.checkOpen();
        return takeSlow();
    }

    /** Fast path of get. Holder only. */
    @SuppressWarnings("unchecked") // only a push stores in the stack, and it takes T
    @Nullable
    T popPrivate() {
        return (T) pop();
    }

    /** For assertions, which are thus few bytes of code in methods that have to be small. */
    private boolean isCalledByOwner(String call) {
        if (!isOwner() && owner != null) {
            throw new AssertionError(call + " from " + Thread.currentThread() + " on the slot of " + owner);
        }
        return true;
    }

    /** Fast path of put: false if the private stack has no room. Holder only. */
    boolean pushPrivate(T item) {
        return push(Pool.checkItem(item));
    }

    /** Own chain, then other slots: all that a get tries between the private stack and the factory. Holder only. */
    @Nullable
    T takeSlow() {
        T item = takeShared();
        return item != null ? item : pool.stealInto(this);
    }

    /** Counted before the factory is called, while the slot is held. */
    void countMiss() {
        MISSES.setOpaque(this, misses + 1);
    }

    /** Takes a batch from the head of the own chain: the newest is returned, the rest made private. */
    private @Nullable T takeShared() {
        if (chain.isEmpty()) {
            return null;
        }
        int batch = batch();
        Object[] room = room(batch);
        int n = chain.popHead(room, 0, batch);
        if (n == 0) {
            return null;
        }
        boolean victim = ageing.chainFell(n);
        if (!victim) {
            SHARED_GETS.setOpaque(this, sharedGets + 1);
        }
        return takeTopOf(room, n, victim);
    }

    /** Takes a batch from the tail of another slot's chain into the empty private stack. Holder only. */
    @Nullable
    T stealFrom(Slot<T> other) {
        RingChain<T> chain = other.chain;
        if (chain.isEmpty()) {
            return null;
        }
        int batch = batch();
        Object[] room = room(batch);
        long victims = other.ageing.chainVictims();
        int n = chain.popTail(room, 0, batch);
        if (n == 0) {
            return null;
        }
        boolean victim = n <= victims; // the oldest are the victims, and the newest is handed out
        if (!victim) {
            STOLEN_GETS.setOpaque(this, stolenGets + 1);
        }
        return takeTopOf(room, n, victim);
    }

    /** The stack was empty, and n items have come to where there was room: hands out the newest. */
    private T takeTopOf(Object[] room, int n, boolean victim) {
        @SuppressWarnings("unchecked") // the chain holds T
        T item = (T) room[n - 1];
        moveIn(n);
        countGet();
        if (victim) {
            countVictimGet();
        }
        if (passage != null) {
            room[0] = null;
        }
        if (pool.watch != null) {
            pool.watch.taken(item);
            pool.watch.handedOut(item);
        }
        return item;
    }

    /** How many items move at once between the private stack and a chain: half a stack. */
    private int batch() {
        return passage != null ? 1 : Math.max(1, pool.settings.maxPrivateItems() >>> 1);
    }

    /** Where a batch from a chain goes: the stack, which is empty. */
    private Object[] room(int batch) {
        if (passage != null) {
            return passage;
        }
        ensureRoom(batch);
        return items;
    }

    /** Everything a put tries after the fast path. Holder only; what must be destroyed is left to a flush. */
    void pushSlow(T item) {
        pushSlow(item, 0);
    }

    private int pushSlow(T item, int place) {
        Pool.checkItem(item);
        if (owned && owner == null) {
            throw new IllegalStateException("put() on a detached slot (kept beyond the life of its event loop?)");
        }
        if (pool.watch != null) {
            pushWatched(item, pool.watch);
        } else if (pool.isClosed()) {
            destroyPut(item);
        } else if (pool.isPressed()) {
            if (passage == null) {
                spillAll();
            }
            pushShared(item);
        } else if (passage != null && !openPrivate()) {
            pushShared(item);
        } else {
            makeRoom();
            int kept = pushAnywhere(item);
            if (kept != NOWHERE) {
                return kept;
            }
            destroyPut(item);
        }
        return place;
    }

    private void destroyPut(T item) {
        countPut();
        pool.destroyer.add(item);
    }

    /** The pool is pressed: the item goes where every thread can get at it. */
    private void pushShared(T item) {
        if (pool.admits()) {
            countPut();
            passThrough(item);
        } else {
            destroyPut(item);
        }
    }

    private void passThrough(T item) {
        Object[] passage = Objects.requireNonNull(this.passage, "passage");
        passage[0] = item;
        pushChainHead(passage, 1);
        passage[0] = null;
    }

    private void pushWatched(T item, ItemWatch<T> watch) {
        T kept = watch.put(item, pool.destroyer); // throws before anything changes: the item stays with the caller
        countPut();
        boolean closed = pool.isClosed();
        if (closed) {
            watch.drainHeld(pool.destroyer); // it may have held this one back after the close had emptied it
        }
        if (kept == null) {
            return;
        }
        if (closed) {
            watch.taken(kept);
            pool.destroyer.add(kept);
            return;
        }
        passThrough(kept);
    }

    /** Grows the private stack or moves its older half on; there is none if the heap has no room for even a first one. */
    private void makeRoom() {
        int max = pool.settings.maxPrivateItems();
        if (items.length < max) {
            try {
                ensureRoom(Math.min(max, Math.max(FIRST_PRIVATE_ITEMS, items.length * 2)));
            } catch (OutOfMemoryError noArray) {
                // it stays as large as it is
            }
        }
        int size = size();
        if (size >= items.length && size > 0) {
            spill(Math.max(1, size >>> 1));
        }
    }

    static final int FIRST_PRIVATE_ITEMS = 8; // most slots of an allocator's many classes never hold more

    /** Moves the n oldest of the private stack to the chain's head or, over the bounds, to the destructor. */
    private void spill(int n) {
        boolean admits = pool.admits();
        beginMove();
        if (admits) {
            pushChainHead(oldestFirst(), n);
        } else {
            pool.destroyer.add(oldestFirst(), 0, n);
        }
        removeOldest(n);
        endMove();
    }

    /** Publishes from[0..n) at the chain's head; what the heap has no room to link is destroyed instead. */
    private void pushChainHead(Object[] from, int n) {
        if (n == 0) {
            return;
        }
        try {
            chain.pushHead(from, 0, n);
        } catch (OutOfMemoryError noRing) { // it has pushed nothing
            pool.destroy(from, n);
            return;
        }
        ageing.chainRose(n);
    }

    /** Moves the whole private stack to the chain, and keeps it closed. Holder only. */
    void spillAll() {
        beginMove();
        pushChainHead(oldestFirst(), size());
        closePrivate();
        endMove();
    }

    /** Takes the oldest of the private stack, to be destroyed; null if there is none. Holder only. */
    @Nullable
    T removeOldestPrivate() {
        if (size() == 0) {
            return null;
        }
        beginMove();
        @SuppressWarnings("unchecked") // only a push stores in the stack, and it takes T
        T oldest = (T) oldestFirst()[0];
        removeOldest(1);
        endMove();
        return oldest;
    }

    /** Sends the whole private stack to the destructor. Holder only. */
    void drainPrivate() {
        beginMove();
        pool.destroyer.add(oldestFirst(), 0, size());
        clear();
        endMove();
        if (pool.isClosed() || pool.isPressed()) {
            closePrivate();
        }
    }

    /** Destroys what was victim, and makes victims of the rest. Holder only. */
    void agePrivate() {
        beginMove();
        int victims = victimsOpaque();
        if (victims > 0) { // else all stay in their places
            pool.destroyer.add(oldestFirst(), 0, victims);
            removeOldest(victims);
        }
        startCycle();
        endMove();
        chain.shrink();
    }

    private void closePrivate() {
        clear();
        items = NOTHING;
        passage = spare;
        ageing.privateCloses();
    }

    /** The pressure is over; false if it has just begun anew. Holder only. */
    private boolean openPrivate() {
        ageing.privateOpens(); // then look again: a reclaim sets pressed, then looks whether the stack is open
        if (pool.isPressed()) {
            ageing.privateCloses();
            return false;
        }
        passage = null;
        return true;
    }

    /** Ends the ownership; the caller holds the slot and the cycle lock. */
    void disown() {
        spillAll();
        owner = null;
    }

    /** How many items are idle here, victims included; exact while no thread works on the slot. Any thread may ask. */
    public long idle() {
        return sizeOpaque() + chain.size();
    }

    boolean tryClaim() {
        return (int) CLAIM.getOpaque(this) == 0
                && CLAIM.compareAndSet(this, 0, 1); // the winner gets the holder's fields
    }

    void releaseClaim() {
        CLAIM.setRelease(this, 0); // hands the holder's fields to the next claimer
    }
}
