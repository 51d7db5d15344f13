package io.forebay.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** One run of the source for a known number of subscribers, each of which gets a lease of its own on every element. */
final class FluxMulticast extends FluxOperator<Lease, Lease> {
    private final MulticastSubscriber shared;

    private FluxMulticast(Flux<? extends Lease> source, int subscribers) {
        super(source);
        this.shared = new MulticastSubscriber(subscribers);
    }

    static Flux<Lease> create(Flux<? extends Lease> source, int subscribers) {
        return onAssembly(new FluxMulticast(source, subscribers));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        if (shared.join(actual)) {
            FluxReframe.subscribeInside(source, shared);
        }
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PREFETCH) {
            return 1;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }
}
