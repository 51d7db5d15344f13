package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;

/** Frames that follow their length, an unsigned big-endian number. */
final class LengthPrefixed implements Pieces {
    private static final long UNKNOWN = Long.MIN_VALUE; // no length of eight bytes: that bit alone is refused, too

    private final int lengthFieldBytes;
    private final int maxFrameBytes;
    private final ByteRun run = new ByteRun();
    private long frameBytes = UNKNOWN; // of the frame that is being collected
    private boolean finished;

    LengthPrefixed(int lengthFieldBytes, int maxFrameBytes) {
        this.lengthFieldBytes = lengthFieldBytes;
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    public void feed(Lease lease) {
        run.append(lease);
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public boolean hasNext() {
        if (frameBytes == UNKNOWN && run.readableBytes() >= lengthFieldBytes) {
            frameBytes = run.takeNumber(lengthFieldBytes);
            requireWithinLimit();
        }
        if (frameBytes != UNKNOWN && run.readableBytes() >= frameBytes) {
            return true;
        }
        if (finished) {
            requireNoRest();
        }
        return false;
    }

    private void requireWithinLimit() {
        if (frameBytes < 0 || frameBytes > maxFrameBytes) { // below 0: of eight bytes, the first bit set
            throw new ByteLimitExceededException(
                    "lengthPrefixed", maxFrameBytes, frameBytes < 0 ? Long.MAX_VALUE : frameBytes);
        }
    }

    private void requireNoRest() {
        if (frameBytes != UNKNOWN) {
            throw new TruncatedFrameException("frame", frameBytes, run.readableBytes());
        }
        if (run.readableBytes() > 0) {
            throw new TruncatedFrameException("length field", lengthFieldBytes, run.readableBytes());
        }
    }

    @Override
    public Lease next() {
        return run.take(beginAnew());
    }

    @Override
    public <R> R lendNext(Function<? super ByteBuf, ? extends R> use) {
        return run.lend(beginAnew(), /* dropped= */ 0, use);
    }

    @Override
    public ByteBuf detachNext() {
        return run.detach(beginAnew(), /* dropped= */ 0);
    }

    /** How many bytes the frame has. */
    private int beginAnew() {
        int bytes = (int) frameBytes;
        frameBytes = UNKNOWN;
        return bytes;
    }

    @Override
    public void close() {
        run.close();
        frameBytes = UNKNOWN;
    }
}
