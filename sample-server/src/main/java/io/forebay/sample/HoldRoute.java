package io.forebay.sample;

import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.Lease;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.time.Duration;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Takes memory of a tenant's budget, waiting for it if need be, holds it for a while, and answers what the budget was
 * then.
 */
record HoldRoute(Tenants tenants) implements Route {
    /** How long a request waits for room unless it says otherwise. */
    static final long DEFAULT_WAIT_MILLIS = 500;

    static final long MAX_WAIT_MILLIS = 60_000;

    private static final long DEFAULT_HOLD_MILLIS = 1_000;
    static final long MAX_HOLD_MILLIS = 60_000;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        String tenant = Objects.requireNonNull(request.param("name"), "name");
        Query query = Query.of(request, "bytes", "millis", "wait");
        int bytes = (int) query.number("bytes", 1, Integer.MAX_VALUE);
        Duration time = query.millis("millis", DEFAULT_HOLD_MILLIS, 0, MAX_HOLD_MILLIS);
        Duration patience = query.millis("wait", DEFAULT_WAIT_MILLIS, 1, MAX_WAIT_MILLIS);
        return Bodies.skip(request)
                .thenMany(tenants.using(
                        tenant,
                        budget -> Answers.later(
                                response,
                                HttpHeaderValues.APPLICATION_JSON,
                                Pools.of(response, budget)
                                        .scopedMono(scope -> Pools.acquire(scope, bytes, patience)
                                                // forgets the lease if it is cancelled; the scope does not
                                                .delayElement(time)
                                                .map(lease -> report(lease, budget))))));
    }

    private static String report(Lease lease, MemoryBudget budget) {
        try (lease) {
            return new Json()
                    .put("tenant", budget.name())
                    .put("held", lease.capacityCost())
                    .put("used", budget.used())
                    .put("limit", budget.limit())
                    .put("waiting", budget.waiting())
                    .toString();
        }
    }
}
