package io.forebay.sample;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** The body of a request, as leases. */
final class Bodies {
    private Bodies() {}

    /** Inbound buffers are lent for the length of {@code onNext}: each lease has a reference of its own. */
    static Flux<Lease> in(LeaseScope scope, HttpServerRequest request) {
        return request.receive().map(lent -> scope.adopt(lent.retain()));
    }

    /**
     * Completes when all of it has come, for a route that makes nothing of it but takes its time: a body that is left
     * unread, be it the end of an empty one in a packet of its own, is taken for one that does not come.
     */
    static Mono<Void> skip(HttpServerRequest request) {
        return request.receive().then();
    }
}
