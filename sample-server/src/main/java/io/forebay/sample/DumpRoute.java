package io.forebay.sample;

import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The state of something as text, read anew for each request.
 *
 * @param dump is called off the event loops
 */
record DumpRoute(Supplier<String> dump) implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        Mono<String> text = Mono.fromSupplier(dump).subscribeOn(Schedulers.boundedElastic());
        return Answers.later(response, Answers.PLAIN_TEXT, text);
    }
}
