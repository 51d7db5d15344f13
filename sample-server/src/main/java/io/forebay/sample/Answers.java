package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Short answers for people. */
final class Answers {
    private Answers() {}

    static Publisher<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        return response.status(status)
                .header(CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN + "; charset=utf-8")
                .sendString(Mono.just(text + "\n"));
    }

    static Publisher<Void> badRequest(HttpServerResponse response, String reason) {
        return text(response, HttpResponseStatus.BAD_REQUEST, reason);
    }
}
