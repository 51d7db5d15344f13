package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Short answers. All go out as a {@code Flux}: Reactor Netty sends a {@code Mono} in another way, which can lose its
 * buffer if the value comes after the client has gone.
 */
final class Answers {
    private Answers() {}

    static Publisher<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        byte[] line = (text + "\n").getBytes(UTF_8);
        return response.status(status)
                .header(CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN + "; charset=utf-8")
                .header(CONTENT_LENGTH, Integer.toString(line.length))
                .sendByteArray(Flux.just(line));
    }

    static Publisher<Void> badRequest(HttpServerResponse response, String reason) {
        return text(response, HttpResponseStatus.BAD_REQUEST, reason);
    }

    /** An answer that takes time to make. */
    static Publisher<Void> later(HttpServerResponse response, CharSequence contentType, Mono<String> body) {
        return response.header(CONTENT_TYPE, contentType).sendString(body.flux());
    }
}
