package io.forebay.reactor;

import io.netty.buffer.ByteBuf;

/** Lines without their ends, which are LF or CR LF. */
final class Lines implements Reframer<Lease> {
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
        return split.hasNext();
    }

    @Override
    public Lease next() {
        Lease line = split.next();
        int bytes = cutReturn(line.buffer());
        if (bytes > maxLineBytes) {
            line.close();
            throw new ByteLimitExceededException("lines", maxLineBytes, bytes);
        }
        return line;
    }

    private static int cutReturn(ByteBuf line) {
        int last = line.writerIndex() - 1;
        if (line.isReadable() && line.getByte(last) == '\r') {
            line.writerIndex(last);
        }
        return line.readableBytes();
    }

    @Override
    public void close() {
        split.close();
    }
}
