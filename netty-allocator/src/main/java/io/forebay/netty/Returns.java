package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The buffers of one loop and kind that other threads released and that are on their way home. */
final class Returns {
    /*
     * Why buffers go home at all, where Go leaves an item with whoever put it: so that only a loop itself ever makes its
     * buffers idle. A buffer's last reference, released by its own loop, needs no atomic operation then. Two threads that
     * both believe to hold it, which is a bug of theirs, meet in one of two ways: the other thread's CAS on the count
     * comes first, and the loop's release throws; or the loop's plain store overwrites the other's mark, and the loop finds
     * a buffer arriving here that bears no mark, and does not make it idle a second time.
     */
    private static final VarHandle REST =
            fieldVarHandle(lookup(), "rest", VarHandle.class, Returns.class, Object.class);

    private final ReturnRing ring = new ReturnRing();
    private final ReturnStack overflow = new ReturnStack();

    /** What was taken off the overflow and is yet to arrive: the newest, or END. The loop writes release, others acquire. */
    @SuppressWarnings("unused") // through REST
    private Object rest = ReturnStack.END;

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

    /** How many there are; exact at a quiet point. */
    long size() {
        return ring.size() + returned(newestOfRest()) + returned(overflow.peek());
    }

    private static long returned(@Nullable PooledBuf newest) {
        return newest == null ? 0 : newest.returned();
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
        if (buf == null) {
            if (!(overflow.takeAll() instanceof PooledBuf newest)) {
                return null;
            }
            buf = newest;
        }
        REST.setRelease(this, buf.unlink());
        return buf;
    }

    private @Nullable PooledBuf newestOfRest() {
        return REST.getAcquire(this) instanceof PooledBuf newest ? newest : null;
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
        walk(overflow.close(), arrive);
    }

    private static void walk(Object newest, Consumer<PooledBuf> arrive) {
        Object next = newest;
        while (next instanceof PooledBuf buf) {
            next = buf.unlink();
            arrive.accept(buf);
        }
    }

    /** Has {@code action} called for what there is; exact at a quiet point, otherwise some may be missed or strange. */
    void forEach(Consumer<PooledBuf> action) {
        ring.forEach(action);
        forEach(newestOfRest(), action);
        forEach(overflow.peek(), action);
    }

    private static void forEach(@Nullable PooledBuf newest, Consumer<PooledBuf> action) {
        Object next = newest;
        // Bounded: a buffer that has left may lie on another stack by now, or on a new one here, and lead astray.
        for (long left = returned(newest); left > 0 && next instanceof PooledBuf buf; left--) {
            next = buf.linkAcquire();
            action.accept(buf);
        }
    }

    /** Counts what there is; exact at a quiet point. */
    void addTo(StatsSum sum) {
        ring.forEach(buf -> sum.addReturned(1, buf.memoryBytes()));
        addTo(sum, newestOfRest());
        addTo(sum, overflow.peek());
    }

    private static void addTo(StatsSum sum, @Nullable PooledBuf newest) {
        if (newest != null) {
            sum.addReturned(newest.returned(), newest.returnedBytes());
        }
    }
}
