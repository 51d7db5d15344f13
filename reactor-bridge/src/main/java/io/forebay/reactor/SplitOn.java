package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;

/** What lies between delimiters, without them; the last piece needs none, and there is none if it would be empty. */
final class SplitOn implements Pieces {
    private static final int UNKNOWN = -1;

    private final String operator;
    private final byte[] delimiter;
    private final long maxFrameBytes;
    private final long slackBytes; // let through beyond the limit: the caller looks again
    private final ByteRun run = new ByteRun();
    private long scannedBytes; // no delimiter begins in these
    private long frameBytes = UNKNOWN; // then a delimiter follows
    private boolean finished;

    SplitOn(String operator, byte[] delimiter, int maxFrameBytes, int slackBytes) {
        this.operator = operator;
        this.delimiter = delimiter;
        this.maxFrameBytes = maxFrameBytes;
        this.slackBytes = slackBytes;
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
        if (frameBytes == UNKNOWN) {
            frameBytes = run.indexOf(delimiter, scannedBytes);
            requireWithinLimit(seenBytes());
        }
        return frameBytes != UNKNOWN || (finished && run.readableBytes() > 0);
    }

    /** How long the frame is at least. */
    private long seenBytes() {
        if (frameBytes != UNKNOWN) {
            return frameBytes;
        }
        scannedBytes = Math.max(0, run.readableBytes() - delimiter.length + 1);
        return finished ? run.readableBytes() : scannedBytes;
    }

    private void requireWithinLimit(long seenBytes) {
        if (seenBytes > maxFrameBytes + slackBytes) {
            throw new ByteLimitExceededException(operator, maxFrameBytes, seenBytes);
        }
    }

    @Override
    public Lease next() {
        return next(/* cutBytes= */ 0);
    }

    /** Without so many bytes at its end, which it must have. */
    Lease next(int cutBytes) {
        int bytes = (int) nextBytes() - cutBytes;
        return run.take(bytes, drop(bytes));
    }

    @Override
    public <R> R lendNext(Function<? super ByteBuf, ? extends R> use) {
        return lendNext(/* cutBytes= */ 0, use);
    }

    <R> R lendNext(int cutBytes, Function<? super ByteBuf, ? extends R> use) {
        int bytes = (int) nextBytes() - cutBytes;
        return run.lend(bytes, drop(bytes), use);
    }

    @Override
    public ByteBuf detachNext() {
        return detachNext(/* cutBytes= */ 0);
    }

    ByteBuf detachNext(int cutBytes) {
        int bytes = (int) nextBytes() - cutBytes;
        return run.detach(bytes, drop(bytes));
    }

    /** How many bytes are to be dropped after so many that are taken; then it begins anew. */
    private int drop(int takenBytes) {
        int delimiterBytes = frameBytes == UNKNOWN ? 0 : delimiter.length;
        int dropped = (int) nextBytes() - takenBytes + delimiterBytes;
        beginAnew();
        return dropped;
    }

    private void beginAnew() {
        frameBytes = UNKNOWN;
        scannedBytes = 0;
    }

    /** How many bytes {@link #next} has. */
    long nextBytes() {
        return frameBytes == UNKNOWN ? run.readableBytes() : frameBytes;
    }

    /** The last byte of {@link #next}, which must not be empty. */
    byte lastOfNext() {
        return run.byteAt(nextBytes() - 1);
    }

    @Override
    public void close() {
        run.close();
        beginAnew();
    }
}
