package io.forebay.reactor;

/** Pieces of one size; the last may be shorter. */
final class Rechunk implements Reframer<Lease> {
    private final int bytes;
    private final ByteRun run = new ByteRun();
    private boolean finished;

    Rechunk(int bytes) {
        this.bytes = bytes;
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
        return run.readableBytes() >= bytes || (finished && run.readableBytes() > 0);
    }

    @Override
    public Lease next() {
        return run.take((int) Math.min(bytes, run.readableBytes()));
    }

    @Override
    public void close() {
        run.close();
    }
}
