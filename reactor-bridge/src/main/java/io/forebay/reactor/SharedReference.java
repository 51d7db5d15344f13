package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One reference to a buffer that the leases of its slices have in common: each has a seat, and the last one to leave releases
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
    private volatile long state = ALL; // all CAS

    /** Takes over one reference. */
    SharedReference(ByteBuf buffer, @Nullable LeaseScope scope) {
        this.buffer = buffer;
        this.scope = scope;
    }

    /** That of the leases. */
    @Nullable
    LeaseScope scope() {
        return scope;
    }

    boolean isTaken(int seat) {
        return (state & bit(seat)) != 0;
    }

    private static long bit(int seat) {
        return 1L << seat;
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
        long taken = bit(seat);
        long changing = taken << SEATS;
        long state = this.state;
        while ((state & taken) != 0) {
            if (STATE.compareAndSet(this, state, state - taken + changing)) { // the reference stays until it is cleared
                buffer.retain();
                releaseAfter(clear(changing));
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
