package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.handler.codec.http.HttpHeaderValues;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Sends the body back as it comes. Inbound buffers are lent for the length of {@code onNext}; {@code retain()} makes
 * them ours in the same call that hands them to {@code send}, which owns them from there, cancelled or not. No operator
 * with a queue may stand between the two.
 */
final class EchoRoute implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return response.header(CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
                .send(request.receive().retain());
    }
}
