package io.forebay.sample;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A fixed endless sequence of bytes; a client that knows it can tell lost, doubled and swapped pieces. */
final class TestPattern {
    static final int PIECE_BYTES = 16 * 1024;

    /** A prime, so that no two neighbouring pieces are alike. */
    private static final int PERIOD = 65_521;

    /** One period and a piece more, so that every piece is one copy. */
    private static final byte[] BYTES = bytes();

    private TestPattern() {}

    /** The first {@code bytes} of the sequence, in pieces; the memory for a piece is asked for when the piece is. */
    static Flux<Lease> stream(LeaseScope scope, long bytes) {
        return positions(bytes)
                .concatMap(
                        position -> piece(scope, position, (int) Math.min(PIECE_BYTES, bytes - position)),
                        /* prefetch= */ 0);
    }

    private static Flux<Long> positions(long bytes) {
        return Flux.generate(() -> 0L, (position, sink) -> {
            if (position >= bytes) {
                sink.complete();
            } else {
                sink.next(position);
            }
            return position + PIECE_BYTES;
        });
    }

    private static Mono<Lease> piece(LeaseScope scope, long position, int length) {
        return Pools.acquire(scope, length).doOnNext(lease -> write(lease.buffer(), position, length));
    }

    /** Appends at most a piece of the sequence. */
    static void write(ByteBuf buffer, long position, int length) {
        buffer.writeBytes(BYTES, (int) (position % PERIOD), length);
    }

    private static byte[] bytes() {
        byte[] period = new byte[PERIOD];
        new SplittableRandom(1).nextBytes(period);
        byte[] bytes = Arrays.copyOf(period, PERIOD + PIECE_BYTES);
        System.arraycopy(period, 0, bytes, PERIOD, PIECE_BYTES);
        return bytes;
    }
}
