package io.forebay.reactor;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** A scope for each subscription, ended after the terminal signal has been passed on, on cancel, or when something is thrown. */
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
        new ScopedSubscriber<T>(actual, name, scope).subscribeTo(publisher);
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
        /*
         * Reactor's operators rethrow what they take for the JVM's end, and no end is ever told then. So what is thrown through
         * here ends the scope. An allocator that is out of memory is not the JVM's end: the subscriber is told of it, or would
         * wait for ever, if it was thrown above: in the call that subscribes or requests, or at a lease of the scope that was
         * waited for. What it threw itself it is not told.
         *
         * An end is told once: whoever sets done first tells it. What comes after it is dropped. One that was thrown at a lease may
         * be told beside an element that another thread is passing on, where the scope's publisher merges: to keep them apart
         * would cost each element two atomic operations.
         */
        @SuppressWarnings("rawtypes") // as field updaters of generic classes are
        private static final AtomicIntegerFieldUpdater<ScopedSubscriber> DONE =
                AtomicIntegerFieldUpdater.newUpdater(ScopedSubscriber.class, "done");

        @SuppressWarnings("rawtypes")
        private static final AtomicReferenceFieldUpdater<ScopedSubscriber, Subscription> S =
                AtomicReferenceFieldUpdater.newUpdater(ScopedSubscriber.class, Subscription.class, "s");

        private static final Subscription ENDED = Operators.cancelledSubscription();

        private final CoreSubscriber<? super T> actual;
        private final String name;
        private final LeaseScope scope;

        /** Upstream sets it, unless it has ended by then; who finds something thrown sets ENDED. */
        private volatile @Nullable Subscription s;

        private volatile int done; // 1 from the end on: upstream sets it, or who finds something thrown
        private volatile @Nullable Throwable told; // who finds it thrown, and tells it, writes once
        private volatile boolean cancelled; // downstream writes once, a scan reads

        ScopedSubscriber(CoreSubscriber<? super T> actual, String name, LeaseScope scope) {
            this.actual = actual;
            this.name = name;
            this.scope = scope;
        }

        void subscribeTo(Publisher<? extends T> publisher) {
            scope.failsWith(this::isTold);
            try {
                publisher.subscribe(this);
            } catch (Throwable thrown) {
                if (!isTold(thrown)) {
                    throw thrown;
                }
            }
        }

        @Override
        public void onSubscribe(Subscription s) {
            if (S.compareAndSet(this, null, s)) {
                actual.onSubscribe(this);
                return;
            }
            s.cancel();
            if (!ENDED.equals(this.s)) {
                Operators.reportSubscriptionSet();
            }
        }

        @Override
        public void onNext(T element) {
            Objects.requireNonNull(element, "element");
            if (done != 0) {
                Operators.onNextDropped(element, currentContext());
                Operators.onDiscard(element, currentContext()); // it may be a buffer, detached
                return;
            }
            try {
                actual.onNext(element);
            } catch (Throwable thrown) { // by the subscriber: goes up
                done = 1;
                boolean unused = isTold(thrown);
                throw thrown;
            }
        }

        @Override
        public void onError(Throwable failure) {
            Objects.requireNonNull(failure, "failure");
            if (!isFirstEnd()) {
                Operators.onErrorDropped(failure, currentContext());
                return;
            }
            try {
                actual.onError(failure);
            } finally {
                endScope();
            }
        }

        @Override
        public void onComplete() {
            if (!isFirstEnd()) {
                return;
            }
            try {
                actual.onComplete();
            } finally {
                endScope();
            }
        }

        private boolean isFirstEnd() {
            return DONE.compareAndSet(this, 0, 1);
        }

        /**
         * Ends all; whether the subscriber is told why, now or before, where it has come further up since. If not, it has to go up.
         * What cannot be closed is told with it.
         */
        private boolean isTold(Throwable thrown) {
            boolean tells = isFirstEnd() && thrown instanceof OutOfMemoryError && !cancelled;
            if (tells) {
                told = thrown;
            }
            Subscription s = S.getAndSet(this, ENDED);
            Throwable unused = s == null ? null : Failures.cancel(s, thrown);
            try {
                if (tells && s == null) {
                    Operators.error(actual, thrown);
                } else if (tells) {
                    actual.onError(thrown);
                }
            } finally {
                unused = Failures.close(scope::end, thrown);
            }
            return thrown.equals(told);
        }

        /** Nobody is left to tell of what cannot be closed: whoever signals or cancels has more to do. */
        private void endScope() {
            Failures.drop(Failures.close(scope::end, /* before= */ null), currentContext());
        }

        @Override
        public void request(long n) {
            try {
                subscription().request(n);
            } catch (Throwable thrown) {
                if (!isTold(thrown)) {
                    throw thrown;
                }
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            try {
                subscription().cancel();
            } finally {
                endScope();
            }
        }

        private Subscription subscription() {
            return Objects.requireNonNull(s, "onSubscribe comes first");
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
                return done != 0;
            }
            if (key == Attr.CANCELLED) {
                return cancelled;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        }
    }
}
