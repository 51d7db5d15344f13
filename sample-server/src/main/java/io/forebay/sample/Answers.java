package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.NettyOutbound;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Short answers. All go out as a {@code Flux}: Reactor Netty sends a {@code Mono} in another way, which can lose its
 * buffer if the value comes after the client has gone.
 */
final class Answers {
    private Answers() {}

    static Publisher<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        return send(response.status(status), HttpHeaderValues.TEXT_PLAIN + "; charset=utf-8", text + "\n");
    }

    static Publisher<Void> badRequest(HttpServerResponse response, String reason) {
        return text(response, HttpResponseStatus.BAD_REQUEST, reason);
    }

    /** An answer that takes time to make; nothing of it, not even its head, is sent before. */
    static Publisher<Void> later(HttpServerResponse response, CharSequence contentType, Mono<String> body) {
        return body.flatMap(text -> send(response, contentType, text).then());
    }

    private static NettyOutbound send(HttpServerResponse response, CharSequence contentType, String body) {
        return response.header(CONTENT_TYPE, contentType)
                .header(CONTENT_LENGTH, Integer.toString(ByteBufUtil.utf8Bytes(body)))
                .sendString(Flux.just(body), UTF_8);
    }
}
