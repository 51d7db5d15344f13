package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;

/** Lines without their ends, which are LF or CR LF. */
final class Lines implements Pieces {
    private final int maxLineBytes;
    private final SplitOn split;

    Lines(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
        split = new SplitOn("lines", new byte[] {'\n'}, maxLineBytes, /* slackBytes= */ 1); // a CR
    }

    @Override
    public void feed(Lease lease) {
        split.feed(lease);
    }

    @Override
    public void finish() {
        split.finish();
    }

    @Override
    public boolean hasNext() {
        if (split.hasNext()) {
            return true;
        }
        if (split.nextBytes() > maxLineBytes) { // of a line whose end is not here yet
            int unused = returnBytes();
        }
        return false;
    }

    @Override
    public Lease next() {
        return split.next(returnBytes());
    }

    @Override
    public <R> R lendNext(Function<? super ByteBuf, ? extends R> use) {
        return split.lendNext(returnBytes(), use);
    }

    @Override
    public ByteBuf detachNext() {
        return split.detachNext(returnBytes());
    }

    /** How many bytes of CR there are before the LF of the next line, which must be within the limit. */
    private int returnBytes() {
        long bytes = split.nextBytes();
        int returns = bytes > 0 && split.lastOfNext() == '\r' ? 1 : 0;
        if (bytes - returns > maxLineBytes) {
            throw new ByteLimitExceededException("lines", maxLineBytes, bytes - returns);
        }
        return returns;
    }

    @Override
    public void close() {
        split.close();
    }
}
