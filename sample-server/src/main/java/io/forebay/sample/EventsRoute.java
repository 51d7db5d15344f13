package io.forebay.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** The server's state, once a second, as server-sent events. A watcher who does not read holds a window's bytes. */
record EventsRoute(Live live) implements Route {
    private static final long WINDOW_BYTES = 64 * 1024;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        response.sse().header(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
        return Bodies.skip(request)
                .thenMany(Pools.window(response, WINDOW_BYTES)
                        .scoped(scope -> Answers.stream(
                                response, live.states().concatMap(state -> event(scope, state), /* prefetch= */ 0))));
    }

    private static Mono<Lease> event(LeaseScope scope, String state) {
        byte[] event = ("data: " + state + "\n\n").getBytes(UTF_8);
        return Pools.acquire(scope, event.length)
                .doOnNext(memory -> memory.buffer().writeBytes(event));
    }
}
