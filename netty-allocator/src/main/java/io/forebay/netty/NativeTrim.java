package io.forebay.netty;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Has the C library return free memory to the system, once enough of ours was freed: glibc keeps what lies between blocks
 * that are still in use, which after a burst may be most of it, however much of it is free.
 */
final class NativeTrim {
    /** A trim walks all free blocks of the process: below this it returns less than it takes. */
    static final long MIN_FREED_BYTES = 8 << 20;

    /** An allocator that lives at its limit frees all the time, and takes it again. */
    static final long MIN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Executor executor;
    private final Runnable trim;
    private final LongSupplier nanoClock;
    private final AtomicLong freedBytes = new AtomicLong(); // since the last trim
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private long lastNanos; // on the executor only

    /**
     * A count of nothing yet.
     *
     * @param executor runs tasks one by one, in order: behind those that free what goes with this
     * @param trim asks the C library
     */
    NativeTrim(Executor executor, Runnable trim, LongSupplier nanoClock) {
        this.executor = executor;
        this.trim = trim;
        this.nanoClock = nanoClock;
        lastNanos = nanoClock.getAsLong() - MIN_INTERVAL_NANOS;
    }

    /** Counts memory that was given to the C library. Any thread. */
    void freed(long bytes) {
        if (freedBytes.addAndGet(bytes) >= MIN_FREED_BYTES) {
            schedule();
        }
    }

    /** A cycle turns: what came too soon after the last trim has its turn. */
    void cycle() {
        if (freedBytes.get() >= MIN_FREED_BYTES) {
            schedule();
        }
    }

    private void schedule() {
        if (!scheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(this::trimIfDue);
        } catch (RejectedExecutionException closed) {
            // the allocator has ended: what is free now goes with a later trim, or with the process
        }
    }

    private void trimIfDue() {
        scheduled.set(false);
        long nowNanos = nanoClock.getAsLong();
        if (nowNanos - lastNanos < MIN_INTERVAL_NANOS) {
            return;
        }
        lastNanos = nowNanos;
        freedBytes.set(0);
        trim.run();
    }
}
