package io.forebay.netty;

import io.netty.util.IllegalReferenceCountException;
import java.io.Serial;
import java.util.concurrent.TimeUnit;

/** Debug mode: where somebody was done with a piece of memory; the cause of what is thrown when he was not. */
final class ReleasedHere extends Throwable {
    @Serial
    private static final long serialVersionUID = 1;

    private final String event;
    private final String thread = Thread.currentThread().getName();
    private final long nanos = System.nanoTime();

    private ReleasedHere(String event) {
        super(event + ", on thread " + Thread.currentThread().getName());
        this.event = event;
    }

    /** The last reference to a buffer is gone. */
    static ReleasedHere byRelease() {
        return new ReleasedHere("its last release");
    }

    /** A buffer has other memory from here on. */
    static ReleasedHere byGrowth() {
        return new ReleasedHere("its buffer grew out of it");
    }

    /**
     * To be thrown, or reported.
     *
     * @param buffer which buffer, in words
     * @param misuse what it suffered
     */
    IllegalReferenceCountException misuse(String buffer, String misuse) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
        return new IllegalReferenceCountException(
                buffer + " " + misuse + " after " + event + ", which was " + millis + " ms ago on thread " + thread
                        + " (the cause shows where)",
                this);
    }
}
