package io.forebay.reactor;

/** All bytes as one lease, at the end; none if there were no bytes. */
final class Aggregate implements Reframer<Lease> {
    private final int maxBytes;
    private final ByteRun run = new ByteRun();
    private boolean finished;

    Aggregate(int maxBytes) {
        this.maxBytes = maxBytes;
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
        if (run.readableBytes() > maxBytes) {
            throw new ByteLimitExceededException("aggregate", maxBytes, run.readableBytes());
        }
        return finished && run.readableBytes() > 0;
    }

    @Override
    public Lease next() {
        return run.take((int) run.readableBytes());
    }

    @Override
    public void close() {
        run.close();
    }
}
