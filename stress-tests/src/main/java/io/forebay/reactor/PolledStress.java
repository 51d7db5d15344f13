package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import java.util.AbstractQueue;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Scannable;

/** Races between what a subscriber asks of a {@link ReframeSubscriber} whose source is polled, of no thread's own. */
public final class PolledStress {
    private PolledStress() {}

    /** Two elements that are there from the start; what is not polled when it is cancelled, it releases itself. */
    static final class Source extends AbstractQueue<Lease> implements Fuseable.QueueSubscription<Lease> {
        private static final AtomicIntegerFieldUpdater<Source> CALLS =
                AtomicIntegerFieldUpdater.newUpdater(Source.class, "calls");

        private final Lease[] leases;

        @SuppressWarnings("UnusedVariable") // the updater reads it
        private volatile int calls;

        volatile boolean overlapped;

        // Of whoever calls.
        private int polled;
        int cancels;

        Source(ByteBuf... buffers) {
            leases = new Lease[buffers.length];
            for (int i = 0; i < buffers.length; i++) {
                leases[i] = Lease.adopt(buffers[i]);
            }
        }

        private void enter() {
            if (CALLS.getAndIncrement(this) != 0) {
                overlapped = true;
            }
        }

        private void leave() {
            CALLS.getAndDecrement(this);
        }

        @Override
        public int requestFusion(int requestedMode) {
            return requestedMode & Fuseable.SYNC;
        }

        @Override
        public @Nullable Lease poll() {
            enter();
            Lease next = polled == leases.length ? null : leases[polled++];
            leave();
            return next;
        }

        @Override
        public boolean isEmpty() {
            return polled == leases.length;
        }

        @Override
        public void cancel() {
            enter();
            cancels++;
            while (polled < leases.length) {
                leases[polled++].close();
            }
            leave();
        }

        @Override
        public int size() {
            return leases.length - polled;
        }

        @Override
        public void request(long n) {
            throw new IllegalStateException("it is polled");
        }

        @Override
        public Lease peek() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean offer(@Nullable Lease lease) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Iterator<Lease> iterator() {
            return Collections.emptyIterator();
        }
    }

    /** Closes what it gets, and counts. */
    static final class Subscriber implements CoreSubscriber<Lease> {
        // The worker's, then the arbiter's.
        int received;
        int ends;

        @Override
        public void onSubscribe(Subscription s) {}

        @Override
        public void onNext(Lease lease) {
            received++;
            lease.close();
        }

        @Override
        public void onError(Throwable failure) {
            throw new IllegalStateException(failure);
        }

        @Override
        public void onComplete() {
            ends++;
        }
    }

    abstract static class Polled {
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();
        private final Source source = new Source(one, two);
        private final Subscriber subscriber = new Subscriber();
        final ReframeSubscriber<Lease, Lease> operator = new ReframeSubscriber<>(
                subscriber, Scannable.from(null), Function.identity(), new EachLease<>(Function.identity()));

        Polled() {
            operator.onSubscribe(source);
        }

        void result(IIII_Result r) {
            r.r1 = subscriber.received;
            r.r2 = subscriber.ends;
            r.r3 = (source.overlapped ? 10 : 0) + source.cancels;
            r.r4 = Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1, 0, 0", expect = ACCEPTABLE, desc = "both elements and the end")
    @Outcome(expect = FORBIDDEN, desc = "a request was stranded, or two polled at once")
    @State
    public static class TwoRequests extends Polled {
        @Actor
        public void one() {
            operator.request(1);
        }

        @Actor
        public void another() {
            operator.request(1);
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1, 0, 0", expect = ACCEPTABLE, desc = "the cancel came last")
    @Outcome(
            id = {"2, 0, 1, 0", "1, 0, 1, 0", "0, 0, 1, 0"},
            expect = ACCEPTABLE,
            desc = "cancelled, once, and the rest released")
    @Outcome(
            id = {"2, 0, 0, 0", "1, 0, 0, 0", "0, 0, 0, 0"},
            expect = ACCEPTABLE,
            desc = "the source had ended by itself when the cancel was seen")
    @Outcome(expect = FORBIDDEN, desc = "cancelled while it was polled, or an element left, lost or released twice")
    @State
    public static class CancelBesideAllRequested extends Polled {
        @Actor
        public void requester() {
            operator.request(Long.MAX_VALUE);
        }

        @Actor
        public void canceller() {
            operator.cancel();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }
}
