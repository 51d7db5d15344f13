package io.forebay.netty;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Says when an allocator has ended: when its pools have, and every leak they counted was told of. */
final class Ending {
    /*
     * The count of the last leak ends the pools, there and then. Its charge and its report come after the count, which whoever
     * is told of it can look up. So a leak is one more thing to wait for from before its count, when the pools wait for
     * its buffer still, until both are done.
     */
    private final AtomicInteger left = new AtomicInteger(1); // the pools as one, and the leaks being counted
    private final AtomicBoolean poolsEnded = new AtomicBoolean();
    private final Runnable last;

    /** Not yet; {@code last} is run by who brings the end about. */
    Ending(Runnable last) {
        this.last = last;
    }

    /** Any number of times. */
    void poolsEnded() {
        if (poolsEnded.compareAndSet(false, true)) {
            oneLess();
        }
    }

    /** A lost buffer, which is still out for its pool. */
    void leakFound() {
        left.incrementAndGet();
    }

    /** What {@link #leakFound} began is done. */
    void leakCounted() {
        oneLess();
    }

    private void oneLess() {
        if (left.decrementAndGet() == 0) {
            last.run();
        }
    }
}
