package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.netty.ByteBufFlux;

/** Length and digest of a stream of bytes. */
record Fingerprint(long bytes, String sha256) {
    /** Reads to the end; buffers that are ours are released, lent ones are left to their lender. */
    static Fingerprint of(Publisher<ByteBuf> body) {
        Collector collector = new Collector();
        Flux.from(body)
                .doOnNext(buffer -> {
                    collector.add(buffer);
                    if (!(body instanceof ByteBufFlux)) {
                        buffer.release();
                    }
                })
                .blockLast(PATIENCE);
        return collector.finish();
    }

    static Fingerprint of(byte[] bytes) {
        Collector collector = new Collector();
        collector.add(Unpooled.wrappedBuffer(bytes));
        return collector.finish();
    }

    private static final class Collector {
        private final MessageDigest digest = sha256();
        private long bytes;

        void add(ByteBuf buffer) {
            bytes += buffer.readableBytes();
            digest.update(buffer.nioBuffer());
        }

        Fingerprint finish() {
            return new Fingerprint(bytes, HexFormat.of().formatHex(digest.digest()));
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }
    }
}
