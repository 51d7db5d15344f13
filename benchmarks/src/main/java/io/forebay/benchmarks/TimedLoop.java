package io.forebay.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.function.LongConsumer;

/** An event loop that tells how long each task took that is not {@link Load}: what others make it do. */
final class TimedLoop extends SingleThreadEventExecutor {
    /** The loop's own work. */
    interface Load extends Runnable {}

    private final LongConsumer othersNanos;

    /** A loop that calls {@code othersNanos} on its own thread. */
    TimedLoop(LongConsumer othersNanos) {
        super(null, new DefaultThreadFactory("loop", /* daemon= */ true), /* addTaskWakesUp= */ true);
        this.othersNanos = othersNanos;
    }

    @Override
    protected void run() {
        do {
            Runnable task = takeTask();
            if (task != null) {
                runTimed(task);
            }
        } while (!confirmShutdown());
    }

    private void runTimed(Runnable task) {
        if (task instanceof Load) {
            safeExecute(task);
            return;
        }
        long beginNanos = System.nanoTime();
        safeExecute(task);
        othersNanos.accept(System.nanoTime() - beginNanos);
    }
}
