package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** All but the first so many bytes, in the pieces they came in; the first of these is cut. */
final class SkipBytes implements Reframer<Lease> {
    private final ByteRun run = new ByteRun();
    private long leftBytes;

    SkipBytes(long bytes) {
        leftBytes = bytes;
    }

    @Override
    public void feed(Lease lease) {
        int bytes = lease.buffer().readableBytes();
        if (bytes <= leftBytes) { // then nothing is kept that came before
            lease.close();
            leftBytes -= bytes;
            return;
        }
        run.append(lease);
        run.skip(leftBytes);
        leftBytes = 0;
    }

    @Override
    public void feed(ByteBuf buffer) {
        int bytes = buffer.readableBytes();
        if (bytes <= leftBytes) {
            buffer.release();
            leftBytes -= bytes;
            return;
        }
        Reframer.super.feed(buffer);
    }

    @Override
    public @Nullable Lease pass(ByteBuf buffer) {
        return leftBytes == 0 ? Reframer.super.pass(buffer) : null; // or else it may need no lease
    }

    @Override
    public @Nullable Lease pass(Lease lease) {
        int bytes = lease.buffer().readableBytes();
        if (run.readableBytes() == 0 && bytes > 0 && leftBytes == 0) {
            return lease.letOut();
        }
        return null;
    }

    @Override
    public boolean hasNext() {
        return run.readableBytes() > 0;
    }

    @Override
    public Lease next() {
        return run.takePart(Long.MAX_VALUE);
    }

    @Override
    public void close() {
        run.close();
    }
}
