package io.forebay.reactor;

/** The bytes ended within a frame. */
public final class TruncatedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long expectedBytes;
    private final long seenBytes;

    TruncatedFrameException(String part, long expectedBytes, long seenBytes) {
        super("the bytes end within a " + part + ": expected=" + expectedBytes + ", seen=" + seenBytes);
        this.expectedBytes = expectedBytes;
        this.seenBytes = seenBytes;
    }

    public long expectedBytes() {
        return expectedBytes;
    }

    public long seenBytes() {
        return seenBytes;
    }
}
