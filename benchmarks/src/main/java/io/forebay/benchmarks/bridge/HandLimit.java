package io.forebay.benchmarks.bridge;

import io.netty.buffer.ByteBuf;
import java.util.function.BiConsumer;
import reactor.core.publisher.SynchronousSink;

/** Passes buffers on while they have not more bytes than a limit, as one writes it by hand. */
final class HandLimit implements BiConsumer<ByteBuf, SynchronousSink<ByteBuf>> {
    private final long limitBytes;
    private long seenBytes;

    HandLimit(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    @Override
    public void accept(ByteBuf buffer, SynchronousSink<ByteBuf> sink) {
        seenBytes += buffer.readableBytes();
        if (seenBytes > limitBytes) {
            buffer.release();
            sink.error(new IllegalStateException("too many bytes: " + seenBytes));
        } else {
            sink.next(buffer);
        }
    }
}
