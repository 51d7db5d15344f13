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
    private final String name;
    private final ReactiveBufferPool pool;
    private final Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped;

    private FluxScoped(
            String name,
            ReactiveBufferPool pool,
            Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped) {
        this.name = name;
        this.pool = pool;
        this.scoped = Objects.requireNonNull(scoped, "scoped");
    }

    /** @param name what a scan calls it */
    static <T> Flux<T> create(
            String name,
            ReactiveBufferPool pool,
            Function<? super LeaseScope, ? extends Publisher<? extends T>> scoped) {
        return onAssembly(new FluxScoped<>(name, pool, scoped));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        subscribeIn(new LeaseScope(pool), name, scoped, actual);
    }

    static <T> void subscribeIn(
            LeaseScope scope,
            String name,
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
        publisher.subscribe(new ScopedSubscriber<T>(actual, name, scope));
    }

    @Override
    public String stepName() {
        return name;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }

    static final class ScopedSubscriber<T> implements CoreSubscriber<T>, Subscription, Scannable {
        private final CoreSubscriber<? super T> actual;
        private final String name;
        private final LeaseScope scope;

        @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
        private Subscription s;

        private boolean done; // upstream's
        private volatile boolean cancelled; // downstream writes once, a scan reads

        ScopedSubscriber(CoreSubscriber<? super T> actual, String name, LeaseScope scope) {
            this.actual = actual;
            this.name = name;
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
            done = true;
            try {
                actual.onError(failure);
            } finally {
                endScope();
            }
        }

        @Override
        public void onComplete() {
            done = true;
            try {
                actual.onComplete();
            } finally {
                endScope();
            }
        }

        /** Nobody is left to tell of what cannot be closed: whoever signals or cancels has more to do. */
        private void endScope() {
            Failures.drop(Failures.close(scope::end, /* before= */ null), currentContext());
        }

        @Override
        public void request(long n) {
            s.request(n);
        }

        @Override
        public void cancel() {
            cancelled = true;
            try {
                s.cancel();
            } finally {
                endScope();
            }
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public String stepName() {
            return name;
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
            if (key == Attr.TERMINATED) {
                return done;
            }
            if (key == Attr.CANCELLED) {
                return cancelled;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        }
    }
}
