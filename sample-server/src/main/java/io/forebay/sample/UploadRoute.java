package io.forebay.sample;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.ByteLimitExceededException;
import io.forebay.reactor.Lease;
import io.forebay.reactor.Leases;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Reads the body, up to {@code max} bytes of it, and answers its length and SHA-256; keeps none of it. */
final class UploadRoute implements Route {
    static final long MAX_BYTES = 1L << 40;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        long max = Query.of(request, "max").number("max", MAX_BYTES, 0, MAX_BYTES);
        Mono<String> summary = request.receive()
                .transform(Leases.own())
                .transform(ByteFlux.limitBytes(max))
                .collect(Summary::new, Summary::add)
                .map(Summary::toJson)
                .onErrorMap(ByteLimitExceededException.class, UploadRoute::tooLarge);
        return Answers.later(response, HttpHeaderValues.APPLICATION_JSON, summary);
    }

    private static Refusal tooLarge(ByteLimitExceededException limit) {
        return Refusal.tooLarge("the body is longer than max=" + limit.limitBytes() + " bytes: seen="
                + limit.seenBytes() + "; give a larger max, or leave it out");
    }

    /** What is known of a body so far; used by one exchange, on its event loop. */
    private static final class Summary {
        private final MessageDigest digest = sha256();
        private long bytes;

        void add(Lease lease) {
            try (lease) {
                bytes += lease.buffer().readableBytes();
                for (ByteBuffer part : lease.buffer().nioBuffers()) {
                    digest.update(part);
                }
            }
        }

        String toJson() {
            String sha256 = HexFormat.of().formatHex(digest.digest());
            return new Json().put("bytes", bytes).put("sha256", sha256).toString();
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }
}
