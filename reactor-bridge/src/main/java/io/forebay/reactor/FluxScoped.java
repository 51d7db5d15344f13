package io.forebay.reactor;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** A scope for each subscription, ended after the terminal signal has been passed on, or on cancel. */
final class FluxScoped<T> extends Flux<T> implements Scannable {
    private final ReactiveBufferPool pool;
    private final Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped;

    private FluxScoped(ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped) {
        this.pool = pool;
        this.scoped = Objects.requireNonNull(scoped, "scoped");
    }

    static <T> Flux<T> create(
            ReactiveBufferPool pool, Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped) {
        return onAssembly(new FluxScoped<>(pool, scoped));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        subscribeIn(new LeaseScope(pool), scoped, actual);
    }

    static <T> void subscribeIn(
            LeaseScope scope,
            Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped,
            CoreSubscriber<? super T> actual) {
        Publisher<? extends T> publisher;
        try {
            publisher = Objects.requireNonNull(scoped.apply(scope), "the scoped function returned null");
        } catch (Throwable thrown) { // told to the subscriber
            Throwable unused = Failures.close(scope::end, thrown);
            Operators.error(actual, Failures.told(thrown, actual.currentContext()));
            return;
        }
        publisher.subscribe(new ScopedSubscriber<T>(actual, scope));
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }

    static final class ScopedSubscriber<T> implements CoreSubscriber<T>, Subscription, Scannable {
        private final CoreSubscriber<? super T> actual;
        private final LeaseScope scope;

        @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
        private Subscription s;

        ScopedSubscriber(CoreSubscriber<? super T> actual, LeaseScope scope) {
            this.actual = actual;
            this.scope = scope;
        }

        @Override
        public void onSubscribe(Subscription s) {
            if (Operators.validate(this.s, s)) {
                this.s = s;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(T element) {
            actual.onNext(Objects.requireNonNull(element, "element"));
        }

        @Override
        public void onError(Throwable failure) {
            Objects.requireNonNull(failure, "failure");
            try {
                actual.onError(failure);
            } finally {
                scope.end();
            }
        }

        @Override
        public void onComplete() {
            try {
                actual.onComplete();
            } finally {
                scope.end();
            }
        }

        @Override
        public void request(long n) {
            s.request(n);
        }

        @Override
        public void cancel() {
            try {
                s.cancel();
            } finally {
                scope.end();
            }
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
            if (key == Attr.ACTUAL) {
                return actual;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        }
    }
}
