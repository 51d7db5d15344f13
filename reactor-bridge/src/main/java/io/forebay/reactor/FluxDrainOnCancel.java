package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
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
        FluxReframe.subscribeInside(source, new DrainSubscriber(actual));
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }

    static final class DrainSubscriber implements BufferSubscriber, Subscription, Scannable {
        /*
         *   OPEN --cancel--> DRAINING
         *     '--bad request--> MISUSED --cancel--> DRAINING   in MISUSED the subscriber is told with the next signal
         *
         * Whoever leaves OPEN, which is one, requests the rest.
         *
         * An element that finds OPEN just before the cancel is passed on, and is the subscriber's, as any that crosses a
         * cancel. Upstream alone signals, so what is told of a bad request is told between its signals.
         */
        private static final int OPEN = 0; // elements are passed on
        private static final int MISUSED = 1; // elements are closed, and the first signal tells of misuse
        private static final int DRAINING = 2; // elements are closed

        private static final AtomicIntegerFieldUpdater<DrainSubscriber> STATE =
                AtomicIntegerFieldUpdater.newUpdater(DrainSubscriber.class, "state");

        private final CoreSubscriber<? super Lease> actual;

        @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
        private Subscription s;

        private boolean done; // upstream's
        private volatile int state; // downstream CAS, upstream reads
        private volatile @Nullable Throwable misuse; // downstream writes before MISUSED, upstream reads after

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
            if (isOpen()) {
                actual.onNext(lease); // the subscriber's from here
            } else {
                drain(lease);
            }
        }

        @Override
        public void onNextBuffer(ByteBuf buffer) {
            if (isOpen()) {
                actual.onNext(adopt(buffer)); // the subscriber's from here
            } else {
                drain(buffer::release); // without a lease
            }
        }

        private static Lease adopt(ByteBuf buffer) {
            Lease lease = null;
            try {
                lease = Lease.adopt(buffer);
                return lease;
            } finally {
                if (lease == null) { // the heap is full
                    buffer.release();
                }
            }
        }

        private boolean isOpen() {
            return !done && state == OPEN;
        }

        /** What cannot be closed keeps nothing else from being drained. */
        private void drain(AutoCloseable closed) {
            Failures.drop(Failures.close(closed, /* before= */ null), currentContext());
            boolean unused = tellsMisuse(/* after= */ null);
        }

        /** Whether there is somebody to tell. */
        private boolean tellsMisuse(@Nullable Throwable after) {
            Throwable misuse = this.misuse;
            boolean tells = !done && state == MISUSED && misuse != null;
            if (tells) {
                done = true;
                Throwable told = Objects.requireNonNull(Failures.both(misuse, after), "told");
                actual.onError(Failures.told(told, currentContext()));
            }
            return tells;
        }

        @Override
        public void onError(Throwable failure) {
            Objects.requireNonNull(failure, "failure");
            if (isOpen()) {
                done = true;
                actual.onError(failure);
            } else if (!tellsMisuse(failure)) {
                Operators.onErrorDropped(failure, currentContext());
            }
        }

        @Override
        public void onComplete() {
            if (isOpen()) {
                done = true;
                actual.onComplete();
            } else {
                boolean unused = tellsMisuse(/* after= */ null);
            }
        }

        @Override
        public void request(long n) {
            if (n > 0) {
                s.request(n);
                return;
            }
            misuse = Exceptions.nullOrNegativeRequestException(n); // rule 3.9
            if (STATE.compareAndSet(this, OPEN, MISUSED)) {
                s.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void cancel() {
            if (STATE.getAndSet(this, DRAINING) == OPEN) {
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
