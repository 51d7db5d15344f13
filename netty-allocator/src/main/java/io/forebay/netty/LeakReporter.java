package io.forebay.netty;

import java.time.Duration;

/** Passes on what was lost. */
final class LeakReporter {
    private final String allocator;
    private final LeakListener listener;

    LeakReporter(String allocator, LeakListener listener) {
        this.allocator = allocator;
        this.listener = listener;
    }

    /** Reports a buffer that has been counted. */
    void report(LeakWatch.Reference lost, boolean direct) {
        LeakReport report = new LeakReport(
                allocator,
                direct,
                lost.memoryBytes,
                Duration.ofNanos(System.nanoTime() - lost.madeNanos),
                lost.sampled);
        Recorder.EVENTS.leak(report);
        guarded(() -> listener.leaked(report));
    }

    /** Once a cycle. */
    void cycle() {
        if (listener instanceof LeakLog log) {
            guarded(log::flush);
        }
    }

    /** No leak is found any more. */
    void close() {
        if (listener instanceof LeakLog log) {
            guarded(log::flushAll);
        }
    }

    private static void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (Throwable failure) { // goes to the handler: the other leaks are to be counted, and the allocator is to
            // end
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}
