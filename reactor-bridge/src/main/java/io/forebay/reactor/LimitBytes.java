package io.forebay.reactor;

import org.jspecify.annotations.Nullable;

/** What comes, until it is more than so many bytes: the piece that goes beyond is an error. */
final class LimitBytes implements Reframer<Lease> {
    private final ByteRun run = new ByteRun();
    private final long limitBytes;
    private long passedBytes;

    LimitBytes(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    @Override
    public void feed(Lease lease) {
        run.append(lease);
    }

    @Override
    public @Nullable Lease pass(Lease lease) {
        int bytes = lease.buffer().readableBytes();
        if (run.readableBytes() == 0 && bytes > 0 && passedBytes + bytes <= limitBytes) {
            passedBytes += bytes;
            return lease.letOut();
        }
        return null;
    }

    @Override
    public boolean hasNext() {
        long seenBytes = passedBytes + run.firstBytes();
        if (seenBytes > limitBytes) {
            throw new ByteLimitExceededException("limitBytes", limitBytes, seenBytes);
        }
        return run.readableBytes() > 0;
    }

    @Override
    public Lease next() {
        passedBytes += run.firstBytes();
        return run.takePart(Long.MAX_VALUE);
    }

    @Override
    public void close() {
        run.close();
    }
}
