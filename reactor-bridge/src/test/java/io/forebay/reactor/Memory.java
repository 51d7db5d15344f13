package io.forebay.reactor;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Where a scenario takes leases from: a pool, or a scope of it. */
interface Memory {
    Mono<Lease> acquire(int bytes);

    Mono<Lease> acquire(int bytes, Duration timeout);

    Mono<Lease> acquire(int bytes, Duration timeout, Scheduler timer);

    static Memory of(ReactiveBufferPool pool) {
        return new Memory() {
            @Override
            public Mono<Lease> acquire(int bytes) {
                return pool.acquire(bytes);
            }

            @Override
            public Mono<Lease> acquire(int bytes, Duration timeout) {
                return pool.acquire(bytes, timeout);
            }

            @Override
            public Mono<Lease> acquire(int bytes, Duration timeout, Scheduler timer) {
                return pool.acquire(bytes, timeout, timer);
            }
        };
    }

    static Memory of(LeaseScope scope) {
        return new Memory() {
            @Override
            public Mono<Lease> acquire(int bytes) {
                return scope.acquire(bytes);
            }

            @Override
            public Mono<Lease> acquire(int bytes, Duration timeout) {
                return scope.acquire(bytes, timeout);
            }

            @Override
            public Mono<Lease> acquire(int bytes, Duration timeout, Scheduler timer) {
                return scope.acquire(bytes, timeout, timer);
            }
        };
    }
}
