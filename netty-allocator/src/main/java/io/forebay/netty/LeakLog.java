package io.forebay.netty;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of leaks, a line at a time: however many there are, the log stays readable. */
final class LeakLog implements LeakListener {
    private static final Logger LOG = LoggerFactory.getLogger(ForebayAllocator.class);
    static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10); // a line a cycle

    private final LongSupplier nanoClock;
    private final Consumer<String> warn;

    // Under the lock of this.
    private boolean begun;
    private long lastLineNanos;
    private long heldBack;
    private long heldBackBytes;

    LeakLog() {
        this(System::nanoTime, LOG::warn);
    }

    LeakLog(LongSupplier nanoClock, Consumer<String> warn) {
        this.nanoClock = nanoClock;
        this.warn = warn;
    }

    @Override
    public synchronized void leaked(LeakReport report) {
        if (!isDue()) {
            heldBack++;
            heldBackBytes += report.capacityBytes();
            return;
        }
        warn.accept("LEAK in allocator " + report.allocator() + ": a " + (report.direct() ? "direct" : "heap")
                + " buffer of " + report.capacityBytes() + " B, made "
                + report.age().toMillis()
                + " ms ago, was garbage-collected without release()." + whatToDo(report) + takeHeldBack());
    }

    /** Tells of what was held back and has waited long enough. */
    synchronized void flush() {
        if (heldBack > 0 && isDue()) {
            flushAll();
        }
    }

    /** Tells of what was held back, however short a time. */
    synchronized void flushAll() {
        if (heldBack > 0) {
            warn.accept("LEAK:" + takeHeldBack());
        }
    }

    private static String whatToDo(LeakReport report) {
        return report.sampled()
                ? " Netty's leak detector watched it: see its report for where the buffer was used."
                : " To see where such buffers are used, run with -Dio.netty.leakDetection.level=paranoid.";
    }

    private boolean isDue() {
        long nowNanos = nanoClock.getAsLong();
        if (begun && nowNanos - lastLineNanos < PERIOD_NANOS) {
            return false;
        }
        begun = true;
        lastLineNanos = nowNanos;
        return true;
    }

    private String takeHeldBack() {
        if (heldBack == 0) {
            return "";
        }
        String line = " " + heldBack + " more buffers, of " + heldBackBytes + " B, were lost since the last such line.";
        heldBack = 0;
        heldBackBytes = 0;
        return line;
    }
}
