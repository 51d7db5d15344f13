package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import java.util.function.BiConsumer;
import reactor.core.publisher.SynchronousSink;

/** Passes on all but the first so many bytes, as one writes it by hand. */
final class HandSkip implements BiConsumer<ByteBuf, SynchronousSink<ByteBuf>> {
    private long leftBytes;

    HandSkip(long bytes) {
        leftBytes = bytes;
    }

    @Override
    public void accept(ByteBuf buffer, SynchronousSink<ByteBuf> sink) {
        int skipped = (int) Math.min(leftBytes, buffer.readableBytes());
        leftBytes -= skipped;
        buffer.skipBytes(skipped);
        if (buffer.isReadable()) {
            sink.next(buffer);
        } else {
            buffer.release();
        }
    }
}
