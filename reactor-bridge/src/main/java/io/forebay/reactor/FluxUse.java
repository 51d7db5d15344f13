package io.forebay.reactor;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * What a function makes of the one lease of a scope, which is asked for with the first element. In place of Reactor's {@code
 * concatMap}, which may lose the publisher to a cancel, and does not cancel it then (reactor-core#4398), and of {@code flatMap},
 * which hears of no error once it has the lease: {@link MonoAcquire} tells when there is no memory.
 */
final class FluxUse<T> extends FluxOperator<Lease, T> {
    private final Function<? super Lease, ? extends Publisher<? extends T>> use;

    private FluxUse(Flux<Lease> source, Function<? super Lease, ? extends Publisher<? extends T>> use) {
        super(source);
        this.use = use;
    }

    /**
     * A part of another operator, which the user's hooks see.
     *
     * @param source of one lease, which its scope closes
     */
    static <T> Flux<T> create(Flux<Lease> source, Function<? super Lease, ? extends Publisher<? extends T>> use) {
        return new FluxUse<>(source, use);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new UseSubscriber<T>(actual, use));
    }

    @Override
    public String stepName() {
        return "use";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : super.scanUnsafe(key);
    }

    static final class UseSubscriber<T> implements CoreSubscriber<Lease>, Subscription, Scannable {
        /*
         *   request:  user is set -> request of it;  else add to wanted, and look at user again;  the first one asks for the lease
         *   onNext:   subscribe to what the function makes of it;  set user by CAS, request what is in wanted
         *   cancel:   cancel the lease's;  swap user for a mark, cancel what it was
         *
         * Who finds user set, or sets it, swaps wanted for 0: each request gets to it once. It is set before it is requested from, so
         * that a cancel out of an element finds it: a publisher may emit all within that request. A bad request is noted, then
         * user is looked at; who sets user looks for a bad request after that: one of the two sees the other.
         */
        @SuppressWarnings("rawtypes") // updaters know no parameters
        private static final AtomicIntegerFieldUpdater<UseSubscriber> ASKED =
                AtomicIntegerFieldUpdater.newUpdater(UseSubscriber.class, "asked");

        @SuppressWarnings("rawtypes")
        private static final AtomicReferenceFieldUpdater<UseSubscriber, @Nullable Subscription> USER =
                AtomicReferenceFieldUpdater.newUpdater(UseSubscriber.class, Subscription.class, "user");

        @SuppressWarnings("rawtypes")
        private static final AtomicLongFieldUpdater<UseSubscriber> WANTED =
                AtomicLongFieldUpdater.newUpdater(UseSubscriber.class, "wanted");

        private static final long NONE = 1; // no bad request

        private final CoreSubscriber<? super T> actual;
        private final Function<? super Lease, ? extends Publisher<? extends T>> use;

        private volatile @Nullable Subscription user; // the publisher's; who subscribes sets it, who cancels swaps it

        @SuppressWarnings("UnusedVariable") // the updater reads it
        private volatile long wanted; // downstream adds, until there is user

        private volatile long refused = NONE; // downstream writes what it requested against rule 3.9

        @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
        private Subscription s;

        @SuppressWarnings("UnusedVariable") // the updater reads it
        private volatile int asked; // downstream sets it from 0 to 1, once

        private volatile boolean got; // upstream writes once, downstream reads
        private volatile boolean cancelled; // downstream writes once, upstream reads
        private volatile boolean done; // upstream writes once, a scan reads

        UseSubscriber(CoreSubscriber<? super T> actual, Function<? super Lease, ? extends Publisher<? extends T>> use) {
            this.actual = actual;
            this.use = use;
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
            got = true;
            if (cancelled) {
                lease.close();
                return;
            }
            Publisher<? extends T> publisher;
            try {
                publisher = use.apply(lease);
            } catch (Throwable failure) { // told to the subscriber
                fail(failure, lease);
                return;
            }
            publisher.subscribe(new UserSubscriber<T>(this));
        }

        private void fail(Throwable failure, Lease lease) {
            if (!cancelled) {
                end(Failures.told(failure, lease, currentContext()));
            } else if (!lease.isDisposed()) { // or else it failed because of the cancel
                Operators.onErrorDropped(failure, currentContext());
            }
        }

        /** Also after the lease, if that could not be used for want of memory. */
        @Override
        public void onError(Throwable failure) {
            boolean unused = Operators.terminate(USER, this);
            end(failure);
        }

        @Override
        public void onComplete() {
            if (!got) {
                end(/* failure= */ null);
            }
        }

        void end(@Nullable Throwable failure) {
            done = true;
            if (failure == null) {
                actual.onComplete();
            } else {
                actual.onError(failure);
            }
        }

        void subscribed(Subscription s) {
            if (Operators.setOnce(USER, this, s)) {
                long refused = this.refused;
                requestWanted(s);
                if (refused != NONE) {
                    s.request(refused);
                }
            }
        }

        private void requestWanted(Subscription user) {
            long wanted = WANTED.getAndSet(this, 0);
            if (wanted != 0) {
                user.request(wanted);
            }
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                refuse(n);
                return;
            }
            Subscription user = this.user;
            if (user != null) {
                user.request(n);
                return;
            }
            Operators.addCap(WANTED, this, n);
            user = this.user;
            if (user != null) {
                requestWanted(user);
            } else if (ASKED.compareAndSet(this, 0, 1)) {
                s.request(Long.MAX_VALUE);
            }
        }

        /** Rule 3.9: whoever is to emit next has to tell of it. */
        private void refuse(long n) {
            refused = n;
            Subscription user = this.user;
            if (user != null) {
                user.request(n);
            } else {
                s.request(n);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            s.cancel();
            boolean unused = Operators.terminate(USER, this);
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public String stepName() {
            return "use";
        }

        @Override
        public Stream<? extends Scannable> inners() {
            return Stream.of(Scannable.from(user));
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

    /** Of what the function made. */
    private static final class UserSubscriber<T> implements CoreSubscriber<T>, Scannable {
        private final UseSubscriber<T> parent;

        UserSubscriber(UseSubscriber<T> parent) {
            this.parent = parent;
        }

        @Override
        public void onSubscribe(Subscription s) {
            parent.subscribed(s);
        }

        @Override
        public void onNext(T element) {
            parent.actual.onNext(element);
        }

        /** But for one that comes of the buffer being gone with a cancel. */
        @Override
        public void onError(Throwable failure) {
            if (!parent.cancelled) {
                parent.end(failure);
            }
        }

        @Override
        public void onComplete() {
            parent.end(/* failure= */ null);
        }

        @Override
        public Context currentContext() {
            return parent.currentContext();
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
        public @Nullable Object scanUnsafe(Attr key) {
            if (key == Attr.ACTUAL) {
                return parent;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        }
    }
}
