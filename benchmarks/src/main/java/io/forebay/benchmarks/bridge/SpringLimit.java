package io.forebay.benchmarks.bridge;

import java.util.function.BiConsumer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.SynchronousSink;

/** Passes buffers on while they have not more bytes than a limit, as one writes it by hand for Spring's. */
final class SpringLimit implements BiConsumer<DataBuffer, SynchronousSink<DataBuffer>> {
    private final long limitBytes;
    private long seenBytes;

    SpringLimit(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    @Override
    public void accept(DataBuffer buffer, SynchronousSink<DataBuffer> sink) {
        seenBytes += buffer.readableByteCount();
        if (seenBytes > limitBytes) {
            DataBufferUtils.release(buffer);
            sink.error(new DataBufferLimitException("too many bytes: " + seenBytes));
        } else {
            sink.next(buffer);
        }
    }
}
