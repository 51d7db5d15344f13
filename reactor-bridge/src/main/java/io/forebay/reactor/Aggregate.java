package io.forebay.reactor;

import io.netty.buffer.ByteBuf;

/** All bytes as one lease, at the end; none if there were no bytes. */
final class Aggregate implements Reframer<Lease> {
    private final int maxBytes;
    private final ByteRun run = new ByteRun();
    private final BufferRow buffers = new BufferRow(); // or in the run, but not both
    private boolean finished;

    Aggregate(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void feed(Lease lease) {
        run.append(lease);
    }

    @Override
    public void feed(ByteBuf buffer) {
        buffers.add(buffer);
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public boolean hasNext() {
        long bytes = run.readableBytes() + buffers.readableBytes();
        if (bytes > maxBytes) {
            throw new ByteLimitExceededException("aggregate", maxBytes, bytes);
        }
        return finished && bytes > 0;
    }

    @Override
    public Lease next() {
        return buffers.readableBytes() > 0 ? buffers.takeAll() : run.take((int) run.readableBytes());
    }

    @Override
    public void close() {
        Failures.throwIfAny(Failures.close(run::close, Failures.close(buffers, /* before= */ null)));
    }
}
