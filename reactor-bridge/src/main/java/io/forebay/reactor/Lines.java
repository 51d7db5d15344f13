package io.forebay.reactor;

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
        long bytes = split.nextBytes();
        int returns = bytes > 0 && split.lastOfNext() == '\r' ? 1 : 0;
        if (bytes - returns > maxLineBytes) {
            throw new ByteLimitExceededException("lines", maxLineBytes, bytes - returns);
        }
        return split.next(returns);
    }

    @Override
    public void close() {
        split.close();
    }
}
