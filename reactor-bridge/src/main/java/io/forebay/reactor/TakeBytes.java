package io.forebay.reactor;

import org.jspecify.annotations.Nullable;

/** The first so many bytes, in the pieces they came in; the last of these is cut. */
final class TakeBytes implements Reframer<Lease> {
    private final ByteRun run = new ByteRun();
    private long leftBytes;

    TakeBytes(long bytes) {
        leftBytes = bytes;
    }

    @Override
    public void feed(Lease lease) {
        run.append(lease);
    }

    @Override
    public @Nullable Lease pass(Lease lease) {
        int bytes = lease.buffer().readableBytes();
        if (run.readableBytes() == 0 && bytes > 0 && bytes < leftBytes) { // with the last of them it is satisfied
            leftBytes -= bytes;
            return lease.letOut();
        }
        return null;
    }

    @Override
    public boolean hasNext() {
        return leftBytes > 0 && run.readableBytes() > 0;
    }

    @Override
    public Lease next() {
        Lease next = run.takePart(leftBytes);
        leftBytes -= next.buffer().readableBytes();
        return next;
    }

    @Override
    public boolean isSatisfied() {
        return leftBytes == 0;
    }

    @Override
    public void close() {
        run.close();
    }
}
