package io.forebay.reactor;

import reactor.core.publisher.Flux;
import reactor.test.subscriber.TestSubscriber;

/** Subscribes the subscribers of Reactor's tests to leases. */
final class LeaseSubscribers {
    private LeaseSubscribers() {}

    static TestSubscriber<Lease> subscribe(Flux<Lease> flux, int request) {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        flux.subscribe(subscriber);
        if (request > 0) {
            subscriber.request(request);
        }
        return subscriber;
    }

    /** Closes all it ever got. */
    static void closeReceived(TestSubscriber<Lease> subscriber) {
        subscriber.getReceivedOnNext().forEach(Lease::close);
        subscriber.getReceivedOnNextAfterCancellation().forEach(Lease::close);
    }
}
