package io.forebay.sample;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Reads the body and answers its length and SHA-256; keeps none of it. */
final class UploadRoute implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return Answers.later(
                response,
                HttpHeaderValues.APPLICATION_JSON,
                request.receive().collect(Summary::new, Summary::add).map(Summary::toJson));
    }

    /** What is known of a body so far; used by one exchange, on its event loop. */
    private static final class Summary {
        private final MessageDigest digest = sha256();
        private long bytes;

        void add(ByteBuf lent) {
            bytes += lent.readableBytes();
            for (ByteBuffer part : lent.nioBuffers()) {
                digest.update(part);
            }
        }

        String toJson() {
            String sha256 = HexFormat.of().formatHex(digest.digest());
            return "{\"bytes\":" + bytes + ",\"sha256\":\"" + sha256 + "\"}";
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
