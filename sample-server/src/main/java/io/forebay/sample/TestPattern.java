package io.forebay.sample;

import io.forebay.netty.MemoryLimitError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;

/** A fixed endless sequence of bytes; a client that knows it can tell lost, doubled and swapped pieces. */
final class TestPattern {
    /** Reactor Netty takes up to 128 buffers before it waits for the socket: 2 MiB per exchange. */
    private static final int PIECE_BYTES = 16 * 1024;

    /** A prime, so that no two neighbouring pieces are alike. */
    private static final int PERIOD = 65_521;

    /** One period and a piece more, so that every piece is one copy. */
    private static final byte[] BYTES = bytes();

    private TestPattern() {}

    /** The first {@code bytes} of the sequence; a buffer is made when it is asked for. */
    static Flux<ByteBuf> stream(ByteBufAllocator allocator, long bytes) {
        if (bytes == 0) {
            return Flux.empty();
        }
        return Flux.generate(() -> 0L, (position, sink) -> {
            int length = (int) Math.min(PIECE_BYTES, bytes - position);
            try {
                sink.next(allocator.buffer(length).writeBytes(BYTES, (int) (position % PERIOD), length));
            } catch (MemoryLimitError full) { // as an error of this exchange; Reactor takes a JVM's errors for its end
                sink.error(new IllegalStateException("no memory for " + length + " of " + bytes + " bytes", full));
                return position;
            }
            long next = position + length;
            if (next == bytes) {
                sink.complete();
            }
            return next;
        });
    }

    private static byte[] bytes() {
        byte[] period = new byte[PERIOD];
        new SplittableRandom(1).nextBytes(period);
        byte[] bytes = Arrays.copyOf(period, PERIOD + PIECE_BYTES);
        System.arraycopy(period, 0, bytes, PERIOD, PIECE_BYTES);
        return bytes;
    }
}
