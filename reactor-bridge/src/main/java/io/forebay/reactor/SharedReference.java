package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One reference to a buffer that the leases of its slices, of its duplicates, or of itself, have in common: each has a seat, and the last one to leave releases
 * it. So a lease that ends is one CAS, where a count in the lease and one in the buffer would be two. Seats may be left on any
 * thread.
 */
final class SharedReference {
    /*
     * A seat is a bit that is set from the begin, and cleared once, by the CAS of who ends its lease, or of who hands the
     * seats out, for those that nobody got. In a second word of bits is who is changing its seat for a reference of its own:
     *
     *   TAKEN --CAS--> LEFT                       a close
     *     '-----CAS--> CHANGING --CAS--> LEFT     a detach, which retains the buffer in between
     *     '-----CAS--> CHANGING --CAS--> TAKEN    a lease that is kept, and let out again
     *
     * While a bit is set in either word the reference is there, so the buffer that is retained is the one it was; whoever
     * clears the last bit is alone, and releases it.
     */
    static final int SEATS = 32;

    /** All seats. */
    static final long ALL = (1L << SEATS) - 1;

    /** Of {@link #leave}: that seat had been left before. */
    private static final long NONE = -1; // no state: not all can be set

    private static final AtomicLongFieldUpdater<SharedReference> STATE =
            AtomicLongFieldUpdater.newUpdater(SharedReference.class, "state");

    private final ByteBuf buffer;
    private final @Nullable LeaseScope scope;
    private volatile long state; // all CAS

    /** Takes over one reference, for so many seats, which are at most {@link #SEATS}. */
    SharedReference(ByteBuf buffer, @Nullable LeaseScope scope, int seats) {
        this.buffer = buffer;
        this.scope = scope;
        this.state = bit(seats) - 1;
    }

    /** That of the leases. */
    @Nullable
    LeaseScope scope() {
        return scope;
    }

    boolean isTaken(int seat) {
        return (state & (bit(seat) | changing(seat))) != 0;
    }

    private static long bit(int seat) {
        return 1L << seat;
    }

    private static long changing(int seat) {
        return bit(seat) << SEATS;
    }

    /** Seats that nobody got. */
    void leaveFrom(int seat) {
        long left = clear(ALL & -bit(seat));
        releaseAfter(left);
    }

    /** What is left, for {@link #releaseAfter}, or {@link #NONE} if the seat had been left before. */
    long leave(int seat) {
        return clear(bit(seat));
    }

    static boolean hasLeft(long left) {
        return left != NONE;
    }

    /** After the CAS that left so much. */
    void releaseAfter(long left) {
        if (left == 0) {
            buffer.release();
        }
    }

    /** Leaves the seat for a reference of its own, which is the caller's; false if the seat had been left before. */
    boolean change(int seat) {
        boolean changes = moves(bit(seat), changing(seat));
        if (changes) {
            buffer.retain();
            releaseAfter(clear(changing(seat)));
        }
        return changes;
    }

    /** Nobody but the caller leaves the seat from here; false if it had been left before. */
    boolean keep(int seat) {
        return moves(bit(seat), changing(seat));
    }

    /** Anybody may leave the seat again that the caller kept. */
    void letOut(int seat) {
        boolean unused = moves(changing(seat), bit(seat));
    }

    /** The seat that the caller kept. */
    void leaveKept(int seat) {
        releaseAfter(clear(changing(seat)));
    }

    /** Sets one bit for another, in one step; false if it is not set. The reference stays as long as either is. */
    private boolean moves(long from, long to) {
        long state = this.state;
        while ((state & from) != 0) {
            if (STATE.compareAndSet(this, state, state - from + to)) {
                return true;
            }
            state = this.state;
        }
        return false;
    }

    private long clear(long bits) {
        long state = this.state;
        while ((state & bits) != 0) {
            long left = state & ~bits;
            if (STATE.compareAndSet(this, state, left)) { // the bits are nobody's from here
                return left;
            }
            state = this.state;
        }
        return NONE;
    }
}
