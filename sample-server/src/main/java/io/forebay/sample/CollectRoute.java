package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.forebay.reactor.Leases;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.time.Duration;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Sends the body back once it is there as a whole, in memory of a tenant's budget. All of it is reserved before any of it
 * is read: exchanges that hold half a body and wait for the other half could wait for one another.
 */
record CollectRoute(Tenants tenants) implements Route {
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        String tenant = Objects.requireNonNull(request.param("name"), "name");
        Duration patience =
                Query.of(request, "wait").millis("wait", HoldRoute.DEFAULT_WAIT_MILLIS, 1, HoldRoute.MAX_WAIT_MILLIS);
        int bytes = contentLength(request);
        return tenants.using(
                tenant,
                budget -> bytes == 0
                        ? response.send()
                        : Pools.of(response, budget)
                                .scoped(scope -> whole(scope, request, bytes, patience)
                                        .flatMapMany(body -> send(response, body))));
    }

    private static Mono<Lease> whole(LeaseScope scope, HttpServerRequest request, int bytes, Duration patience) {
        return Pools.acquire(scope, bytes, patience)
                .flatMap(memory -> request.receive()
                        .collect(() -> memory, (body, lent) -> body.buffer().writeBytes(lent)));
    }

    private static Publisher<Void> send(HttpServerResponse response, Lease body) {
        return response.header(CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
                .header(CONTENT_LENGTH, Integer.toString(body.buffer().readableBytes()))
                .send(Flux.just(body).transform(Leases.detach()));
    }

    private static int contentLength(HttpServerRequest request) {
        String length = request.requestHeaders().get(CONTENT_LENGTH);
        if (length == null) {
            throw Refusal.lengthRequired(
                    "give a Content-Length: memory for all of the body is reserved first (is it sent in chunks?)");
        }
        try {
            return Integer.parseInt(length); // Netty lets nothing through that is not a number
        } catch (NumberFormatException tooLarge) {
            throw Refusal.tooLarge("no buffer can hold a body of that many bytes: content-length=" + length);
        }
    }
}
