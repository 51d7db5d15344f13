package io.forebay.sample;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;

/** What clients send. */
final class Bytes {
    private Bytes() {}

    /** The first {@code bytes} of {@link TestPattern}; a buffer is made when it is asked for. */
    static Flux<ByteBuf> pattern(long bytes) {
        return Flux.generate(() -> 0L, (position, sink) -> {
            int length = (int) Math.min(TestPattern.PIECE_BYTES, bytes - position);
            if (length == 0) {
                sink.complete();
                return position;
            }
            ByteBuf piece = ByteBufAllocator.DEFAULT.buffer(length);
            TestPattern.write(piece, position, length);
            sink.next(piece);
            return position + length;
        });
    }

    /** The bytes in pieces of 1 to {@code most} bytes. */
    static Flux<ByteBuf> cut(byte[] bytes, int most, SplittableRandom random) {
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        while (from < bytes.length) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(most));
            byte[] piece = new byte[to - from];
            System.arraycopy(bytes, from, piece, 0, piece.length);
            pieces.add(piece);
            from = to;
        }
        return Flux.fromIterable(pieces).map(Unpooled::wrappedBuffer);
    }
}
