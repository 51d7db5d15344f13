package io.forebay.netty;

import java.io.Serial;

/**
 * An allocator has reached its limit, and what it could reclaim at once was not enough. The request that failed changed
 * nothing, and the allocator goes on working: a later one succeeds once buffers were released. An
 * {@link OutOfMemoryError} because that is what Netty's transports know what to do about: they close the channel that
 * could not read.
 */
public final class MemoryLimitError extends OutOfMemoryError {
    @Serial
    private static final long serialVersionUID = 1;

    private final long requestedBytes;
    private final long limitBytes;

    MemoryLimitError(String message, long requestedBytes, long limitBytes) {
        super(message);
        this.requestedBytes = requestedBytes;
        this.limitBytes = limitBytes;
    }

    /**
     * What was asked for, in bytes, rounded up to what a buffer of that capacity takes; where a view's buffer was to grow beyond a
     * budget, how many more than it has.
     */
    public long requestedBytes() {
        return requestedBytes;
    }

    /** The limit that it would have exceeded, in bytes. */
    public long limitBytes() {
        return limitBytes;
    }
}
