package io.forebay.sample;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers one fixed text.
 *
 * @param text the whole page
 */
record IndexRoute(String text) implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return Answers.text(response, HttpResponseStatus.OK, text);
    }
}
