package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** Lends buffers for the length of {@code onNext}, as a transport does. */
final class Lending implements CoreSubscriber<Lease>, Subscription, Scannable {
    private final CoreSubscriber<? super ByteBuf> actual;

    private @Nullable Subscription s;

    private Lending(CoreSubscriber<? super ByteBuf> actual) {
        this.actual = actual;
    }

    static Flux<ByteBuf> of(Flux<Lease> source) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
                source.subscribe(new Lending(actual));
            }
        };
    }

    @Override
    public void onSubscribe(Subscription s) {
        this.s = s;
        actual.onSubscribe(this); // and not s, which may be a queue of leases
    }

    @Override
    public void request(long n) {
        subscription().request(n);
    }

    @Override
    public void cancel() {
        subscription().cancel();
    }

    private Subscription subscription() {
        return Objects.requireNonNull(s, "s");
    }

    @Override
    public void onNext(Lease lease) {
        try (lease) {
            ByteBuf lent = buffer(lease);
            if (lent != null) {
                actual.onNext(lent);
            }
        }
    }

    private static @Nullable ByteBuf buffer(Lease lease) {
        try {
            return lease.buffer();
        } catch (IllegalStateException closed) { // with its scope
            return null;
        }
    }

    @Override
    public void onError(Throwable failure) {
        actual.onError(failure);
    }

    @Override
    public void onComplete() {
        actual.onComplete();
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        return key == Attr.ACTUAL ? actual : null;
    }
}
