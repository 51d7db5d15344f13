package io.forebay.netty;

import static java.lang.invoke.MethodHandles.arrayElementVarHandle;

import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way home for most buffers that other threads release: a bounded queue that any thread adds to and the loop polls. */
final class ReturnRing extends ReturnRingLayout {
    /*
     * The idea (a bounded queue of many producers and one consumer, as in JCTools):
     *
     *   offer:  CAS tail forward, but no further than `limit`; then store the buffer in the slot won
     *   poll:   the slot at head; null: nothing there yet. Clear it, then move head
     *
     * A ring, not a linked list alone, because what the loop takes next is then known before the buffers themselves have
     * come over from the other processor's cache: their misses overlap.
     *
     * Who may touch what: tail any thread by CAS; head and clearing slots the loop; storing in a slot whoever won its
     * index; limit any thread, a hint that never exceeds head + capacity, so the slot of a won index is free. A producer
     * that stalls between its CAS and its store hides what others added after it: a poll then misses, which a pool may.
     *
     * refuse() adds CLOSED to the tail: no CAS of a producer succeeds from there on, as each compares the tail it read. What
     * had been won before is still to come, so the last poller waits for it, one store each.
     *
     * A buffer that two threads release though they hold one reference may be here twice: arriving is what tells.
     */
    private static final VarHandle SLOT = arrayElementVarHandle(PooledBuf[].class);

    /** As many as 16 private stacks' worth, 4 KiB; what does not fit goes by way of {@link ReturnStack}. */
    static final int CAPACITY = 1024;

    private static final long CLOSED = 1L << 62; // far above any index

    private final @Nullable PooledBuf[] slots = new PooledBuf[CAPACITY];

    ReturnRing() {
        LIMIT.setRelease(this, (long) CAPACITY);
    }

    /** Any thread that made the last reference a return. False if there is no room, or the ring is closed. */
    boolean offer(PooledBuf buf) {
        while (true) {
            long tail = (long) TAIL.getVolatile(this);
            if (tail >= (long) LIMIT.getAcquire(this) && !raiseLimit(tail)) {
                return false;
            }
            if (TAIL.compareAndSet(this, tail, tail + 1)) {
                SLOT.setRelease(slots, slotOf(tail), buf); // hands the buffer over
                return true;
            }
            Thread.onSpinWait();
        }
    }

    /** Looks how far the loop is; false if the ring is full or closed. */
    private boolean raiseLimit(long tail) {
        long limit = (long) HEAD.getAcquire(this) + CAPACITY; // acquires that the slots below it are clear
        if (tail >= limit) {
            return false;
        }
        LIMIT.setRelease(this, limit); // a smaller one of another thread may overwrite it: it is a hint
        return true;
    }

    /** The loop only: the oldest buffer, or null if there is none or its producer has yet to store it. */
    @Nullable
    PooledBuf poll() {
        long head = this.head;
        PooledBuf buf = (PooledBuf) SLOT.getAcquire(slots, slotOf(head));
        if (buf != null) {
            slots[slotOf(head)] = null; // plain: published by the next line
            HEAD.setRelease(this, head + 1);
        }
        return buf;
    }

    /** Whether nothing is there, or about to be. */
    boolean isEmpty() {
        return (long) HEAD.getOpaque(this) == ((long) TAIL.getOpaque(this) & ~CLOSED);
    }

    /** How many are there, or about to be. Any thread; exact at a quiet point. */
    long size() {
        long head = (long) HEAD.getOpaque(this); // first: it never overtakes the tail
        return ((long) TAIL.getOpaque(this) & ~CLOSED) - head;
    }

    /** Refuses offers from here on. Any thread, any number of times. */
    void refuse() {
        while (!isClosed()) {
            long tail = (long) TAIL.getVolatile(this);
            if (tail < CLOSED && TAIL.compareAndSet(this, tail, tail + CLOSED)) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    boolean isClosed() {
        return (long) TAIL.getVolatile(this) >= CLOSED;
    }

    /** Shows all there are; exact at a quiet point. */
    void forEach(Consumer<PooledBuf> action) {
        for (int i = 0; i < CAPACITY; i++) {
            PooledBuf buf = (PooledBuf) SLOT.getAcquire(slots, i);
            if (buf != null) {
                action.accept(buf);
            }
        }
    }

    private static int slotOf(long index) {
        return (int) index & (CAPACITY - 1);
    }
}
