package io.forebay.reactor;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** A cancel goes no further up: what still comes is requested without bound and closed. */
final class FluxDrainOnCancel extends FluxOperator<Lease, Lease> {
    private FluxDrainOnCancel(Flux<? extends Lease> source) {
        super(source);
    }

    static Flux<Lease> create(Flux<? extends Lease> source) {
        return onAssembly(new FluxDrainOnCancel(source));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        source.subscribe(new DrainSubscriber(actual));
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }

    static final class DrainSubscriber implements CoreSubscriber<Lease>, Subscription, Scannable {
        /*
         *   OPEN --cancel--> DRAINING    one CAS, whose winner requests the rest
         *
         * An element that finds OPEN just before the cancel is passed on, and is the subscriber's, as any that crosses a
         * cancel.
         */
        private static final int OPEN = 0; // elements are passed on
        private static final int DRAINING = 1; // elements are closed

        private static final AtomicIntegerFieldUpdater<DrainSubscriber> STATE =
                AtomicIntegerFieldUpdater.newUpdater(DrainSubscriber.class, "state");

        private final CoreSubscriber<? super Lease> actual;

        @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
        private Subscription s;

        private boolean done; // upstream's
        private volatile int state; // downstream CAS, upstream reads

        DrainSubscriber(CoreSubscriber<? super Lease> actual) {
            this.actual = actual;
        }

        @Override
        public void onSubscribe(Subscription s) {
            if (Operators.validate(this.s, s)) {
                this.s = s;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(Lease lease) {
            Objects.requireNonNull(lease, "lease");
            if (done || state == DRAINING) {
                lease.close();
                return;
            }
            actual.onNext(lease); // the subscriber's from here
        }

        @Override
        public void onError(Throwable failure) {
            Objects.requireNonNull(failure, "failure");
            if (done || state == DRAINING) {
                Operators.onErrorDropped(failure, currentContext());
                return;
            }
            done = true;
            actual.onError(failure);
        }

        @Override
        public void onComplete() {
            if (done || state == DRAINING) {
                return;
            }
            done = true;
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            s.request(n);
        }

        @Override
        public void cancel() {
            if (STATE.compareAndSet(this, OPEN, DRAINING)) {
                s.request(Long.MAX_VALUE);
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
            if (key == Attr.TERMINATED) {
                return done;
            }
            if (key == Attr.CANCELLED) {
                return state == DRAINING;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        }
    }
}
