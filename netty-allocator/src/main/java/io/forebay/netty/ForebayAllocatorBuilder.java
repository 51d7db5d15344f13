package io.forebay.netty;

import io.forebay.pool.ReclaimClock;
import java.time.Duration;
import java.util.Objects;

/** Options of a {@link ForebayAllocator}. Not thread-safe; each {@link #build} makes an allocator of its own. */
public final class ForebayAllocatorBuilder {
    private String name = "forebay";
    private boolean preferDirect = true;
    private Duration cyclePeriod = ReclaimClock.DEFAULT_PERIOD;

    ForebayAllocatorBuilder() {}

    /** A name for messages and metrics. Default {@code forebay}. */
    public ForebayAllocatorBuilder name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /** Whether {@code buffer()} is direct where direct memory can be freed reliably. Default true. */
    public ForebayAllocatorBuilder preferDirect(boolean preferDirect) {
        this.preferDirect = preferDirect;
        return this;
    }

    /**
     * How long a cycle lasts: a buffer that is idle when one ends and that nobody took by the end of the next is
     * destroyed. Default 10 s.
     *
     * @throws IllegalArgumentException if the period is not positive
     */
    public ForebayAllocatorBuilder cyclePeriod(Duration period) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("cyclePeriod must be > 0: cyclePeriod=" + period);
        }
        this.cyclePeriod = period;
        return this;
    }

    /** Builds the allocator; it takes no memory until it is used. */
    public ForebayAllocator build() {
        return new ForebayAllocator(this);
    }

    String name() {
        return name;
    }

    boolean preferDirect() {
        return preferDirect;
    }

    Duration cyclePeriod() {
        return cyclePeriod;
    }
}
