package io.forebay.benchmarks.pool;

import io.forebay.pool.Pool;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Turns a pool's cycle every millisecond, ten thousand times as often as the pool's own clock would. */
final class Cycler {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pool<?> pool;
    private final FutureTask<Void> loop = new FutureTask<>(this::turn, null);
    private volatile boolean stopped;

    /** Starts at once. */
    Cycler(Pool<?> pool) {
        this.pool = pool;
        Thread thread = new Thread(loop, "cycler");
        thread.setDaemon(true);
        thread.start();
    }

    private void turn() {
        while (!stopped) {
            pool.cycle();
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    /** Waits for the end of the last cycle, and throws what went wrong. */
    void stop() throws InterruptedException, ExecutionException {
        stopped = true;
        loop.get();
    }
}
