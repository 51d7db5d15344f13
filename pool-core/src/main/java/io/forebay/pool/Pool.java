package io.forebay.pool;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A set of interchangeable items that are dear to make: {@link #get} takes one out or makes it, {@link #put} gives it
 * back. The idea is Go's {@code sync.Pool}: each event loop has a {@linkplain Slot slot} of its own, reached without an
 * atomic operation, and may steal from the others; what lies unused for two cycles is let go. Unlike Go's, this pool
 * drops nothing silently: an item leaves for good through the destructor, exactly once.
 *
 * <p><b>Ownership.</b> An item belongs to the caller from {@code get} until it is {@linkplain #put put},
 * {@linkplain #discard discarded} or {@linkplain #writeOff written off}. Putting an item twice, or going on to use it
 * after its put, is undefined, as the next user has it by then; a pool built with {@link PoolBuilder#chaos} catches both.
 *
 * <p><b>Threads.</b> All methods may be called from any thread, virtual ones included, and a get or put never
 * waits for another thread. A thread that {@linkplain #attach attached} itself uses its own slot; any other claims one of the striped slots
 * for the length of the operation. A get may miss: it may call the factory though another slot holds idle items.
 *
 * <p><b>Memory effects.</b> Actions before {@code put(x)} happen-before the return of the {@code get()} that returns x,
 * and before the destructor gets x.
 *
 * <p><b>When not to use it.</b> For items that are cheap to make (the allocator of the JVM is faster), for items that
 * differ (sizes want a pool each), or where a get must wait for a put rather than make an item: nothing here bounds how
 * many are handed out.
 *
 * @param <T> the type of the pooled items
 */
public final class Pool<T> implements AutoCloseable {
    final PoolSettings<T> settings;
    final Destroyer<T> destroyer;
    final @Nullable ItemWatch<T> watch;

    private final Slots<T> slots;
    private final Strays<T> strays;
    private final Cycle<T> cycle;
    private final @Nullable ReclaimClock clock;

    final Tally tally = new Tally();

    Pool(PoolBuilder<T> builder) {
        settings = builder.settings();
        watch = builder.watch();
        clock = builder.clock();
        cycle = new Cycle<>(this);
        destroyer = new Destroyer<>(
                settings.destructor(), settings.failureListener(), builder.destroyExecutor(), cycle::checkTerminated);
        slots = new Slots<>(this);
        strays = new Strays<>(this);
        if (clock != null) {
            clock.register(this, Pool::cycle);
        }
    }

    /** Starts to build a pool whose items {@code factory} makes: Go's {@code New}. */
    public static <T> PoolBuilder<T> builder(Supplier<? extends T> factory) {
        return new PoolBuilder<>(Objects.requireNonNull(factory, "factory"));
    }

    /** Starts to build a pool that makes nothing: its items come through {@link #add}, and {@link #poll} takes them. */
    public static <T> PoolBuilder<T> builder() {
        return new PoolBuilder<>(null);
    }

    /**
     * Takes an item: the calling slot's most recently put one, else one of another slot, else one that the factory
     * makes, on the calling thread and outside any claim.
     *
     * @throws IllegalStateException if the pool is closed, or is empty and has no factory
     * @throws NullPointerException if the factory returned null; what it throws is passed on, and nothing is lost
     */
    public T get() {
        int hash = ThreadHash.of(Thread.currentThread());
        Slot<T> slot = slots.findOwned(hash);
        return slot != null ? slot.get() : getStriped(hash);
    }

    /** As {@link #get}, but returns null instead of calling the factory: the pool was empty, or looked so. */
    public @Nullable T poll() {
        int hash = ThreadHash.of(Thread.currentThread());
        Slot<T> owned = slots.findOwned(hash);
        Slot<T> slot = owned != null ? owned : slots.claim(hash);
        if (slot == null) {
            checkOpen();
            return strays.steal();
        }
        try {
            checkOpen(); // inside the claim: a batch stolen after the close has been here would be stranded
            T item = slot.popPrivate();
            return item != null ? item : slot.takeSlow();
        } finally {
            slots.release(slot);
        }
    }

    private T getStriped(int hash) {
        Slot<T> slot = slots.claim(hash);
        T item;
        if (slot == null) {
            item = strays.get();
        } else {
            item = slot.popPrivate();
            if (item == null) {
                item = getStripedSlow(slot);
            } else {
                slot.releaseClaim();
            }
        }
        return item != null ? item : create();
    }

    /** Returns null after having counted a miss. Releases the claim in every case. */
    private @Nullable T getStripedSlow(Slot<T> slot) {
        try {
            checkOpen();
            T item = slot.takeSlow();
            if (item == null) {
                slot.countMiss();
            }
            return item;
        } finally {
            slot.releaseClaim();
        }
    }

    /** Calls the factory for a miss that has been counted. Holds nothing. */
    T create() {
        // The miss was counted, then comes the fence, then the look at closed; close sets closed, then comes the fence
        // of isSpent, then it looks at the counts: at least one of the two sees the other.
        VarHandle.fullFence();
        boolean done = false;
        try {
            checkOpen();
            if (settings.factory() == null) {
                throw new IllegalStateException(
                        "pool " + settings.name() + " is empty and has no factory (poll() returns null instead)");
            }
            T item = settings.factory().get();
            if (item == null) {
                throw new NullPointerException("the factory of pool " + settings.name() + " returned null");
            }
            if (watch != null) {
                watch.handedOut(item);
            }
            tally.creates.increment();
            done = true;
            return item;
        } finally {
            if (!done) {
                tally.failedCreates.increment();
                cycle.checkTerminated();
            }
        }
    }

    /**
     * Gives back an item that came from this pool: it becomes idle in the caller's slot or, where that is full or the
     * pool closed, goes to the destructor.
     *
     * @throws NullPointerException if item is null
     * @throws IllegalStateException in chaos mode, if the item is not handed out; the item stays with the caller
     */
    public void put(T item) {
        int hash = ThreadHash.of(Thread.currentThread());
        Slot<T> owned = slots.findOwned(hash);
        if (owned != null) {
            owned.put(item);
            return;
        }
        checkItem(item); // before the claim, which an exception would keep
        Slot<T> slot = slots.claim(hash);
        if (slot == null) {
            strays.put(item);
            return;
        }
        if (slot.pushPrivate(item)) {
            slot.releaseClaim();
            return;
        }
        try {
            slot.pushSlow(item);
        } finally {
            slot.releaseClaim();
        }
        destroyer.flush();
    }

    /**
     * Drops a pointer to an item that the calling thread has just got: its slot may otherwise keep one until it ages, and
     * so hide from a leak detector that the item became unreachable. A hint, for items that a detector watches.
     */
    public void forget(T item) {
        int hash = ThreadHash.of(Thread.currentThread());
        Slot<T> owned = slots.findOwned(hash);
        Slot<T> slot = owned != null ? owned : slots.claim(hash);
        if (slot != null) {
            slot.forget(item);
            slots.release(slot);
        }
    }

    /**
     * Hands the pool an item that it did not make; from here on it is as if the pool had. This is how to fill a pool
     * beforehand, or one that has no factory.
     *
     * @throws NullPointerException if item is null
     */
    public void add(T item) {
        checkItem(item);
        if (watch != null) {
            watch.handedOut(item);
        }
        tally.added.increment();
        put(item);
    }

    /**
     * Has an item destroyed that was handed out and is not fit to be put back.
     *
     * @throws NullPointerException if item is null
     */
    public void discard(T item) {
        checkItem(item);
        if (watch != null) {
            watch.dropped(item);
        }
        tally.discarded.increment();
        destroyer.add(item);
        destroyer.flush();
    }

    /**
     * States that {@code items} handed-out items are lost and will be neither put nor discarded: the ledger counts them
     * as leaked, and {@link #close} does not wait for them.
     */
    public void writeOff(long items) {
        if (items < 0) {
            throw new IllegalArgumentException("items must be >= 0: items=" + items);
        }
        tally.leaked.add(items);
        cycle.checkTerminated();
    }

    /**
     * Makes the calling thread the owner of a slot of its own.
     *
     * @param executor runs tasks on the calling thread: the event loop itself. It gets at most one short task a cycle,
     *     and only if the slot was used or holds items, to age the private stack, which no other thread may touch
     * @return the slot; attaching again returns the same
     * @throws IllegalStateException if the pool is closed
     */
    public Slot<T> attach(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        checkOpen();
        return slots.attach(Thread.currentThread(), executor);
    }

    /**
     * Turns the reclaim clock by hand: destroys what was victim and still is, and makes victims of what is idle. An
     * item that nobody takes is a victim after the first cycle that finds it and destroyed by the second. Owned slots
     * do their part on their executors, soon after.
     */
    public void cycle() {
        cycle.turn();
    }

    /** Destroys all that is idle, victims or not; owned slots do their part on their executors, soon after. */
    public void trim() {
        cycle.drain();
    }

    /**
     * As {@link #trim}, for a caller that is short of what items hold: what this thread can get at is destroyed when this
     * returns, by the destructor on the calling thread; for what another thread is destroying at this moment it waits, a few
     * tens of milliseconds at most. What owners keep for themselves at this moment follows on their
     * executors; from then on they keep nothing, so that the next reclaim gets at all that is idle, until a whole cycle has
     * gone by without one. Meanwhile an owner's get and put cost as much as another thread's.
     */
    public void reclaim() {
        try {
            cycle.press();
            if (slots.idle() > 0) {
                cycle.drainUnflushed();
            }
        } finally {
            destroyer.drainAndAwait();
        }
    }

    /**
     * Destroys one idle item, by the destructor on the calling thread: the oldest of a shared chain, else the oldest that the
     * calling thread's slot keeps to itself. For a caller that is about to make something else and has these to spare. No
     * get is counted.
     *
     * @return false if no item was found within the calling thread's reach: what other owners keep to themselves is not
     */
    public boolean destroyOne() {
        T item = oldestShared();
        if (item == null) {
            item = oldestOfOwnSlot();
        }
        if (item == null) {
            return false;
        }
        destroyer.destroyNow(item);
        return true;
    }

    private @Nullable T oldestShared() {
        for (Slot<T> slot : slots.all()) {
            T item = slot.chain.popTail();
            if (item != null) {
                if (watch != null) {
                    watch.taken(item);
                }
                return item;
            }
        }
        return null;
    }

    private @Nullable T oldestOfOwnSlot() {
        int hash = ThreadHash.of(Thread.currentThread());
        Slot<T> owned = slots.findOwned(hash);
        Slot<T> slot = owned != null ? owned : slots.claim(hash);
        if (slot == null) {
            return null;
        }
        T item = slot.removeOldestPrivate();
        slots.release(slot);
        return item;
    }

    /** A snapshot of the ledger; it reads each slot once, and holds up no get or put. */
    public PoolStats stats() {
        return tally.stats(slots.counts(), destroyer, watch == null ? 0 : watch.held());
    }

    /** Whether no item is left anywhere; called once closed. */
    boolean isSpent() {
        VarHandle.fullFence(); // pairs with the one in create
        // Ends are read before beginnings: what happens in between makes the difference too large, never too small, and
        // whoever began something then will look here again when it ends.
        long ended = destroyer.destroyed() + tally.ended();
        return tally.begun(slots.counts()) <= ended; // less, where more was written off than was out
    }

    /** Whether idle items are to be where any thread can get at them. */
    boolean isPressed() {
        return cycle.isPressed();
    }

    void leaveClock() {
        if (clock != null) {
            clock.unregister(this);
        }
    }

    Slot<T>[] allSlots() {
        return slots.all();
    }

    void prune() {
        slots.prune();
    }

    @Nullable
    T stealInto(Slot<T> thief) {
        return slots.stealInto(thief);
    }

    /** Whether {@code items} idle items of a full private stack may stay in the pool. */
    boolean admits() {
        return settings.maxIdleItems() == Long.MAX_VALUE || slots.idle() < settings.maxIdleItems();
    }

    /** The owner ends its ownership. */
    void abandon(Slot<T> slot) {
        slots.disown(slot);
        if (isClosed()) {
            cycle.drain(); // the close may have emptied the chain before the private stack was moved there
        }
        destroyer.flush();
    }

    /** The owner is dead. Under the cycle lock. */
    void adopt(Slot<T> slot) {
        slots.disown(slot);
    }

    /** Items that left a chain for good. */
    void destroy(Object[] items, int n) {
        if (watch != null) {
            for (int i = 0; i < n; i++) {
                @SuppressWarnings("unchecked") // chains hold T
                T item = (T) items[i];
                watch.taken(item);
            }
        }
        destroyer.add(items, 0, n);
    }

    void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("pool " + settings.name() + " is closed");
        }
    }

    static <T> T checkItem(T item) {
        if (item == null) {
            throw new NullPointerException("item is null (a pool holds none; was it put before it was got?)");
        }
        return item;
    }

    /**
     * Ends the pool: idle items are destroyed, gets throw from now on, and what is put is destroyed. Closing twice does
     * nothing. Does not wait: see {@link #termination}.
     */
    @Override
    public void close() {
        cycle.close();
    }

    /** Whether {@link #close} was called. */
    public boolean isClosed() {
        return cycle.isClosed();
    }

    /** Completes when the pool is closed and its last item destroyed or written off; on the thread that did so. */
    public CompletionStage<Void> termination() {
        return cycle.termination();
    }

    @Override
    public String toString() {
        return "Pool(" + settings.name() + ": " + stats() + (isClosed() ? ", closed)" : ")");
    }
}
