package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The buffers of one loop and kind that other threads released and that are on their way home. */
final class Returns {
    /*
     * Why buffers go home at all, where Go leaves an item with whoever put it: so that only a loop itself ever makes its
     * buffers idle. A buffer's last reference, released by its own loop, needs no atomic operation then. Two threads that
     * both believe to hold it, which is a bug of theirs, meet in one of two ways: the other thread's CAS on the count
     * comes first, and the loop's release throws; or the loop's plain store overwrites the other's mark, and the loop finds
     * a buffer arriving here that bears no mark, and does not make it idle a second time.
     *
     * To count what is here beside those that come and go: a buffer keeps its place in the ring, and in a list it is within
     * the sums of the newest, so what stays is seen once. But where a whole list moves, from the overflow to the rest, it
     * might be seen in both places or in neither: such moves are counted as they begin and end, and a count that met one
     * begins anew.
     */
    private static final VarHandle REST =
            fieldVarHandle(lookup(), "rest", VarHandle.class, Returns.class, Object.class);

    private static final VarHandle REFUSED =
            fieldVarHandle(lookup(), "refused", VarHandle.class, Returns.class, Object.class);

    private final ReturnRing ring;
    private final ReturnStack overflow = new ReturnStack();

    /** What was taken off the overflow and is yet to arrive: the newest, or END. The loop writes release, others acquire. */
    @SuppressWarnings("unused") // through REST
    private Object rest = ReturnStack.END;

    /** Likewise, what lay there when it was closed. Whoever closed it writes release, others acquire. */
    @SuppressWarnings("unused") // through REFUSED
    private Object refused = ReturnStack.END;

    // The moves of all that overflowed.
    private final AtomicLong movesBegun = new AtomicLong();
    private final AtomicLong movesEnded = new AtomicLong();

    Returns() {
        this(new ReturnRing());
    }

    /** What the ring refuses overflows. */
    Returns(ReturnRing ring) {
        this.ring = ring;
    }

    /**
     * Any thread that made the last reference a return, and nobody else: sends the buffer home.
     *
     * @return false if nobody is at home any more: the buffer is still the caller's
     */
    boolean send(PooledBuf buf) {
        return ring.offer(buf) || overflow.push(buf);
    }

    boolean isEmpty() {
        return ring.isEmpty() && newestOfRest() == null && overflow.isEmpty();
    }

    /** Whether nothing can be sent any more. */
    boolean isClosed() {
        return ring.isClosed();
    }

    /** How many there are: all that stay meanwhile, and maybe of those that come or go. */
    long size() {
        return ring.size() + overflowed().buffers;
    }

    /**
     * The loop only: has {@code arrive} called for up to {@code most} buffers, and for as many of what overflowed, as
     * neither shall wait for the other to run dry. Returns how many there were, 0 if it need not be called again.
     */
    int take(int most, Consumer<PooledBuf> arrive) {
        int taken = 0;
        while (taken < most) {
            PooledBuf buf = ring.poll();
            if (buf == null) {
                break;
            }
            arrive.accept(buf);
            taken++;
        }
        for (int left = most; left > 0; left--) {
            PooledBuf buf = pollOverflow();
            if (buf == null) {
                break;
            }
            arrive.accept(buf);
            taken++;
        }
        return taken;
    }

    private @Nullable PooledBuf pollOverflow() {
        PooledBuf buf = newestOfRest();
        if (buf == null && !overflow.isEmpty()) {
            movesBegun.incrementAndGet();
            REST.setRelease(this, overflow.takeAll());
            movesEnded.incrementAndGet();
            buf = newestOfRest();
        }
        if (buf != null) {
            REST.setRelease(this, buf.unlink());
        }
        return buf;
    }

    private @Nullable PooledBuf newestOfRest() {
        return REST.getAcquire(this) instanceof PooledBuf newest ? newest : null;
    }

    private @Nullable PooledBuf newestRefused() {
        return REFUSED.getAcquire(this) instanceof PooledBuf newest ? newest : null;
    }

    /** The loop, or whoever found it dead: has {@code arrive} called for all; if closed, for what is yet to come, too. */
    @SuppressWarnings("ThreadPriorityCheck") // the yield: a producer may need this processor for the store it has begun
    void takeAll(Consumer<PooledBuf> arrive) {
        take(Integer.MAX_VALUE, arrive);
        while (ring.isClosed() && !ring.isEmpty()) {
            Thread.yield();
            take(Integer.MAX_VALUE, arrive);
        }
    }

    /** Any thread, any number of times: from here on nothing can be sent. What was is left for a last {@link #takeAll}. */
    void refuse(Consumer<PooledBuf> arrive) {
        ring.refuse(); // first: what it refuses overflows
        movesBegun.incrementAndGet();
        boolean some = overflow.close() instanceof PooledBuf newest && show(newest);
        movesEnded.incrementAndGet();
        PooledBuf next = some ? newestRefused() : null; // there is something for one caller only
        while (next != null) {
            REFUSED.setRelease(this, next.unlink());
            arrive.accept(next);
            next = newestRefused();
        }
    }

    private boolean show(PooledBuf newest) {
        REFUSED.setRelease(this, newest);
        return true;
    }

    /** Has {@code action} called for what there is; exact at a quiet point, otherwise some may be missed. */
    void forEach(Consumer<PooledBuf> action) {
        ring.forEach(action);
        forEach(newestRefused(), action);
        forEach(newestOfRest(), action);
        forEach(overflow.peek(), action);
    }

    private static void forEach(@Nullable PooledBuf newest, Consumer<PooledBuf> action) {
        Object next = newest;
        long left = newest == null ? 0 : newest.returned();
        // One that has left may lie on another stack by now, or on a new one here: it is not as far down as it was.
        while (left > 0 && next instanceof PooledBuf buf && buf.returned() == left) {
            next = buf.linkAcquire();
            action.accept(buf);
            left--;
        }
    }

    /** Buffers, and their bytes. */
    record Sums(long buffers, long bytes) {
        private static final Sums NONE = new Sums(0, 0);

        private Sums plus(Sums other) {
            return new Sums(buffers + other.buffers, bytes + other.bytes);
        }
    }

    /** What there is, as for {@link #size}. */
    Sums count() {
        long[] sums = {0, 0};
        ring.forEach(buf -> {
            sums[0]++;
            sums[1] += buf.memoryBytes();
        });
        return new Sums(sums[0], sums[1]).plus(overflowed());
    }

    /** Waits for a move under way, a few instructions long. */
    @SuppressWarnings("ThreadPriorityCheck") // the yield: who moves them may need this processor
    private Sums overflowed() {
        while (true) {
            long moves = movesEnded.get(); // first: if as many were begun after that, none is under way
            if (movesBegun.get() == moves) {
                Sums sums =
                        sums(this::newestRefused).plus(sums(this::newestOfRest)).plus(sums(overflow::peek));
                if (movesBegun.get() == moves) {
                    return sums;
                }
            }
            Thread.yield();
        }
    }

    /** Of the newest and all below; they are its own as long as it lies there. */
    @SuppressWarnings("ReferenceEquality") // the very one
    private static Sums sums(Supplier<@Nullable PooledBuf> place) {
        while (true) {
            PooledBuf newest = place.get();
            if (newest == null) {
                return Sums.NONE;
            }
            Sums sums = new Sums(newest.returned(), newest.returnedBytes());
            VarHandle.acquireFence(); // the sums first: whoever wrote others had taken it from there before
            if (place.get() == newest) {
                return sums;
            }
            Thread.onSpinWait();
        }
    }
}
