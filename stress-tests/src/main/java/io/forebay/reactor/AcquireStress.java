package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;

/** Races for how a request for a lease ends: by the room there is or comes, by a cancel, or by its timer. */
public final class AcquireStress {
    private static final Duration UNTIL_FIRED = Duration.ofDays(1);

    private AcquireStress() {}

    /** Runs the one task it is given when told to, unless that is disposed. */
    private static final class Timer implements Scheduler {
        private volatile @Nullable Runnable task; // who requests writes, who disposes or fires writes null

        void fire() {
            Runnable task = this.task;
            this.task = null;
            if (task != null) {
                task.run();
            }
        }

        boolean isRunning() {
            return task != null;
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            this.task = task;
            return () -> this.task = null;
        }

        @Override
        public Disposable schedule(Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Worker createWorker() {
            throw new UnsupportedOperationException();
        }
    }

    /** Keeps what it gets, and counts. */
    private static final class Subscriber implements CoreSubscriber<Lease> {
        final Queue<Lease> received = new ConcurrentLinkedQueue<>();
        final AtomicInteger ends = new AtomicInteger();
        private volatile Subscription subscription = Operators.emptySubscription(); // set before there is a race

        @Override
        public void onSubscribe(Subscription s) {
            subscription = s;
        }

        @Override
        public void onNext(Lease lease) {
            received.add(lease);
        }

        @Override
        public void onError(Throwable failure) {
            ends.incrementAndGet();
        }

        @Override
        public void onComplete() {
            ends.incrementAndGet();
        }
    }

    /** One subscription, for the only byte of a budget; it may have a timer. */
    abstract static class Asked {
        private final UnpooledByteBufAllocator allocator =
                new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);
        private final MemoryBudget budget = MemoryBudget.create("budget", 1);
        private final Timer timer = new Timer();
        private final Subscriber subscriber = new Subscriber();
        private int spent; // by the test

        Asked(boolean isTimed) {
            ReactiveBufferPool pool = ReactiveBufferPool.create(allocator, budget);
            Mono<Lease> acquire = isTimed ? pool.acquire(1, UNTIL_FIRED, timer) : pool.acquire(1);
            acquire.subscribe(subscriber);
        }

        void spend() {
            if (!budget.tryReserve(1)) {
                throw new IllegalStateException(budget.toString());
            }
            spent = 1;
        }

        void release() {
            spent = 0;
            budget.release(1);
        }

        void request() {
            subscriber.subscription.request(1);
        }

        void cancel() {
            subscriber.subscription.cancel();
        }

        void fireTimer() {
            timer.fire();
        }

        /** Leases that came; ends that were told; bytes that are charged for it; and what is left when the leases are closed. */
        void result(IIII_Result r) {
            r.r1 = subscriber.received.size();
            r.r2 = subscriber.ends.get();
            r.r3 = charged();
            subscriber.received.forEach(Lease::close);
            r.r4 = charged()
                    + budget.waiting()
                    + (int) allocator.metric().usedHeapMemory()
                    + (timer.isRunning() ? 1 : 0);
        }

        private int charged() {
            return (int) budget.used() - spent;
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "granted, and the lease is the subscriber's")
    @Outcome(id = "1, 0, 1, 0", expect = ACCEPTABLE, desc = "likewise, and cancelled before it was told of the end")
    @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "cancelled, and the byte is free")
    @Outcome(id = "0, 0, 1, 1", expect = FORBIDDEN, desc = "cancelled, and the byte is lost")
    @Outcome(expect = FORBIDDEN, desc = "ended in two ways, or bytes were lost or made")
    @State
    public static class GrantBesideCancel extends Asked {
        public GrantBesideCancel() {
            super(/* isTimed= */ true);
            spend();
            request();
        }

        @Actor
        public void releaser() {
            release();
        }

        @Actor
        public void canceller() {
            cancel();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "there was room, and the lease is the subscriber's")
    @Outcome(id = "1, 0, 1, 0", expect = ACCEPTABLE, desc = "likewise, and cancelled before it was told of the end")
    @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "cancelled, and the byte is free")
    @Outcome(id = "0, 0, 1, 1", expect = FORBIDDEN, desc = "cancelled, and the byte is lost")
    @Outcome(expect = FORBIDDEN, desc = "ended in two ways, or bytes were lost or made")
    @State
    public static class RequestBesideCancel extends Asked {
        public RequestBesideCancel() {
            super(/* isTimed= */ false);
        }

        @Actor
        public void requester() {
            request();
        }

        @Actor
        public void canceller() {
            cancel();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "one lease for both")
    @Outcome(id = "0, 0, 0, 1", expect = FORBIDDEN, desc = "it waits beside the free byte")
    @Outcome(expect = FORBIDDEN, desc = "a lease for each, or bytes were lost or made")
    @State
    public static class TwoRequests extends Asked {
        public TwoRequests() {
            super(/* isTimed= */ false);
        }

        @Actor
        public void requester() {
            request();
        }

        @Actor
        public void otherRequester() {
            request();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "granted, and the lease is the subscriber's")
    @Outcome(id = "0, 0, 0, 1", expect = FORBIDDEN, desc = "it waits beside the free byte")
    @Outcome(expect = FORBIDDEN, desc = "bytes were lost or made")
    @State
    public static class RequestBesideRelease extends Asked {
        public RequestBesideRelease() {
            super(/* isTimed= */ true);
            spend();
        }

        @Actor
        public void requester() {
            request();
        }

        @Actor
        public void releaser() {
            release();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "granted, and the lease is the subscriber's")
    @Outcome(id = "1, 0, 1, 0", expect = ACCEPTABLE, desc = "likewise, and cancelled before it was told of the end")
    @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "cancelled, and the byte is free")
    @Outcome(id = "0, 0, 1, 1", expect = FORBIDDEN, desc = "cancelled, and the byte is lost")
    @Outcome(expect = FORBIDDEN, desc = "ended in two ways, or in none, or bytes were lost or made")
    @State
    public static class RequestBesideReleaseThenCancel extends Asked {
        public RequestBesideReleaseThenCancel() {
            super(/* isTimed= */ true);
            spend();
        }

        @Actor
        public void requester() {
            request();
        }

        @Actor
        public void releaserWhoCancels() {
            release();
            cancel();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "cancelled, and neither waits nor has a timer")
    @Outcome(
            id = {"0, 0, 0, 1", "0, 0, 0, 2"},
            expect = FORBIDDEN,
            desc = "cancelled, and waits on, or its timer runs on")
    @Outcome(expect = FORBIDDEN, desc = "something was told, or bytes were lost or made")
    @State
    public static class RequestBesideCancelWithoutRoom extends Asked {
        public RequestBesideCancelWithoutRoom() {
            super(/* isTimed= */ true);
            spend();
        }

        @Actor
        public void requester() {
            request();
        }

        @Actor
        public void canceller() {
            cancel();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "granted, and the lease is the subscriber's")
    @Outcome(id = "0, 1, 0, 0", expect = ACCEPTABLE, desc = "timed out, and the byte is free")
    @Outcome(id = "0, 0, 0, 0", expect = FORBIDDEN, desc = "ended, and nobody was told")
    @Outcome(id = "0, 1, 1, 1", expect = FORBIDDEN, desc = "timed out, and the byte is lost")
    @Outcome(expect = FORBIDDEN, desc = "ended in two ways, or bytes were lost or made")
    @State
    public static class GrantBesideTimer extends Asked {
        public GrantBesideTimer() {
            super(/* isTimed= */ true);
            spend();
            request();
        }

        @Actor
        public void releaser() {
            release();
        }

        @Actor
        public void timer() {
            fireTimer();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1, 0, 0", expect = ACCEPTABLE, desc = "timed out, and waits no more")
    @Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "cancelled, and waits no more")
    @Outcome(
            id = {"0, 1, 0, 1", "0, 0, 0, 1"},
            expect = FORBIDDEN,
            desc = "ended, and waits on")
    @Outcome(expect = FORBIDDEN, desc = "ended in two ways, or bytes were lost or made")
    @State
    public static class CancelBesideTimer extends Asked {
        public CancelBesideTimer() {
            super(/* isTimed= */ true);
            spend();
            request();
        }

        @Actor
        public void canceller() {
            cancel();
        }

        @Actor
        public void timer() {
            fireTimer();
        }

        @Arbiter
        public void after(IIII_Result r) {
            result(r);
        }
    }
}
