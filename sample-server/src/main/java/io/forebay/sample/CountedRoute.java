package io.forebay.sample;

import java.util.concurrent.atomic.LongAdder;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Counts the requests of another route. */
record CountedRoute(Route route, LongAdder requests) implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        requests.increment();
        return route.apply(request, response);
    }
}
