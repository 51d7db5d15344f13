package io.forebay.reactor;

import io.forebay.pool.BudgetListener;
import io.forebay.pool.BudgetWaiter;
import io.forebay.pool.MemoryBudget;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Waits for bytes of the budget, then emits a lease; each subscription asks for itself, on its first request. */
final class MonoAcquire extends Mono<Lease> implements Scannable {
    /** How long to wait, and whose clock says so. */
    record Patience(Duration timeout, Scheduler timer) {
        Patience {
            Objects.requireNonNull(timeout, "timeout");
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("timeout must be > 0: timeout=" + timeout);
            }
            Objects.requireNonNull(timer, "timer");
        }

        long nanos() {
            return timeout.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : timeout.toNanos();
        }
    }

    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private final LeaseSource source;
    private final Scheduler deliverOn;
    private final int bytes;
    private final @Nullable LeaseScope scope; // where leases belong
    private final @Nullable Patience patience;

    private MonoAcquire(
            LeaseSource source,
            Scheduler deliverOn,
            int bytes,
            @Nullable LeaseScope scope,
            @Nullable Patience patience) {
        this.source = source;
        this.deliverOn = deliverOn;
        this.bytes = bytes;
        this.scope = scope;
        this.patience = patience;
    }

    static Mono<Lease> create(
            LeaseSource source,
            Scheduler deliverOn,
            int bytes,
            @Nullable LeaseScope scope,
            @Nullable Patience patience) {
        return onAssembly(new MonoAcquire(source, deliverOn, bytes, scope, patience));
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(new AcquireSubscription(actual, this));
    }

    /**
     * What a subscription would be given within its request: a lease, the caller's, if there is room now and no thread to change
     * to. Or else null, and it has to be subscribed to.
     */
    @Nullable
    Lease takeAtOnce() {
        return isAtOnce() ? take() : null;
    }

    private boolean isUsable() {
        return scope == null || !scope.isEnded();
    }

    /** The same, and the caller {@linkplain Lease#keep keeps} it from the start, and counts it as granted. */
    @Nullable
    Lease takeKeptAtOnce(GrantCount count) {
        if (!mayTakeAtOnce()) {
            return null;
        }
        count.makeRoom(budget());
        if (!budget().reserveAtOnceUncounted(bytes)) {
            return null;
        }
        count.granted();
        return source.takeKept(bytes, scope);
    }

    private boolean isAtOnce() {
        return mayTakeAtOnce() && budget().reserveAtOnce(bytes);
    }

    private boolean mayTakeAtOnce() {
        return deliverOn.equals(Schedulers.immediate()) && isUsable();
    }

    private MemoryBudget budget() {
        return source.budget();
    }

    /** Takes over the charge, also if this throws. */
    private Lease take() {
        return source.take(bytes, scope);
    }

    private void giveBack() {
        source.budget().release(bytes);
    }

    private AcquireTimeoutException timedOut(Patience patience) {
        MemoryBudget budget = source.budget();
        long heldBytes = scope == null ? -1 : scope.heldBytes(budget);
        return new AcquireTimeoutException(
                budget.name(), bytes, patience.timeout(), obstacle(budget).stats(), heldBytes);
    }

    /** The lowest budget without room; if all have it, the one that was asked, where somebody else is first. */
    private MemoryBudget obstacle(MemoryBudget asked) {
        for (MemoryBudget at = asked; at != null; at = at.parent()) {
            if (bytes > at.limit() - at.used()) {
                return at;
            }
        }
        return asked;
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.RUN_ON) {
            return deliverOn;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
    }

    static final class AcquireSubscription implements Subscription, BudgetListener, Scannable {
        /*
         *   IDLE --request--> ASKING --grant or failure--> DONE   (also IDLE, by a bad request or a grant at once)
         *     |                  |----timer--------------> TIMED_OUT
         *     '------------------'----cancel-------------> CANCELLED   (also DONE, before the end is told)
         *
         * Each arrow is one CAS, so one of them leaves ASKING. A grant that loses it has bytes and maybe a buffer that
         * nobody will see: it gives them back itself. A grant takes the buffer first and does its CAS last, just before
         * onNext: only a cancel between these two finds the lease delivered, and there it is the subscriber's, as any
         * element that crosses a cancel.
         *
         * Where there is room at once, and no thread to change to, no waiter is made. Two requests at the same moment may
         * then both get a lease; one loses the CAS, and closes its own.
         *
         * The waiter is known only after reserveAsync has returned, when all may be over. So it is published, then the
         * state is looked at again; cancel and timer set the state, then look for the waiter. One of the two sees the
         * other, and withdrawing twice does nothing the second time. The timer's handle is passed on alike, to whoever leaves
         * ASKING, which looks for it after that.
         */
        private static final int IDLE = 0; // not requested
        private static final int ASKING = 1; // the budget has been asked, or is being asked
        private static final int DONE = 2; // a lease or a failure has been or is being delivered
        private static final int TIMED_OUT = 3; // a timeout has been or is being delivered
        private static final int CANCELLED = 4; // nothing will be delivered

        private static final AtomicIntegerFieldUpdater<AcquireSubscription> STATE =
                AtomicIntegerFieldUpdater.newUpdater(AcquireSubscription.class, "state");

        private final CoreSubscriber<? super Lease> actual;
        private final MonoAcquire asked;
        private volatile int state; // all CAS
        private volatile @Nullable BudgetWaiter waiter; // the requesting thread writes once, all read
        private volatile @Nullable Disposable timer; // the requesting thread writes once, all read

        AcquireSubscription(CoreSubscriber<? super Lease> actual, MonoAcquire asked) {
            this.actual = actual;
            this.asked = asked;
        }

        @Override
        public void granted(BudgetWaiter waiter) {
            if (state != ASKING) {
                asked.giveBack();
                return;
            }
            Lease lease;
            try {
                lease = asked.take();
            } catch (Throwable failure) { // the charge is back
                if (state == ASKING
                        || asked.isUsable()) { // or else it is over, and its scope with it: that is no failure
                    fail(failure);
                }
                return;
            }
            deliver(lease, ASKING);
        }

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {
            fail(failure);
        }

        private void fail(Throwable failure) {
            Throwable told = Failures.told(failure, actual.currentContext());
            if (STATE.compareAndSet(this, ASKING, DONE)) {
                disposeTimer();
                actual.onError(told);
            } else {
                Operators.onErrorDropped(told, actual.currentContext());
            }
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                refuse(n);
                return;
            }
            if (state == IDLE && !takeAtOnce() && STATE.compareAndSet(this, IDLE, ASKING)) {
                ask();
            }
        }

        /** If it may be delivered here and there is room, which needs no waiter. */
        private boolean takeAtOnce() {
            Lease lease;
            try {
                lease = asked.takeAtOnce();
            } catch (Throwable failure) { // the charge is back
                if (STATE.compareAndSet(this, IDLE, ASKING)
                        || asked.isUsable()) { // else as for a grant that was waited for
                    fail(failure);
                }
                return true;
            }
            if (lease == null) {
                return false;
            }
            deliver(lease, IDLE);
            return true;
        }

        private void deliver(Lease lease, int from) {
            if (STATE.compareAndSet(this, from, DONE)) { // the lease is the subscriber's from here
                disposeTimer();
                emit(lease);
            } else {
                lease.close();
            }
        }

        private void emit(Lease lease) {
            try {
                actual.onNext(lease);
            } catch (OutOfMemoryError atItsLimit) {
                tell(atItsLimit);
                return;
            }
            if (state == DONE) { // or else cancelled with the lease
                actual.onComplete();
            }
        }

        /**
         * Reactor's operators let it through, and would wait for an end for ever; some hear of no error once they have the lease.
         * So it ends the scope. Where there is none whose subscriber can be told, it goes up, too.
         */
        private void tell(OutOfMemoryError atItsLimit) {
            LeaseScope scope = asked.scope;
            boolean told = state == DONE && scope != null && scope.fail(atItsLimit);
            if (state == DONE) { // or else cancelled, with the scope, or by a subscriber that threw it
                actual.onError(atItsLimit);
            }
            if (!told) {
                throw atItsLimit;
            }
        }

        /** Rule 3.9 of Reactive Streams. */
        private void refuse(long n) {
            boolean idle = STATE.compareAndSet(this, IDLE, DONE);
            if (idle || STATE.compareAndSet(this, ASKING, DONE)) {
                withdraw(/* late= */ false);
                disposeTimer();
                actual.onError(Exceptions.nullOrNegativeRequestException(n));
            }
        }

        private void ask() {
            MemoryBudget budget = asked.source.budget();
            Patience patience = asked.patience;
            try {
                if (!asked.isUsable()) {
                    throw new IllegalStateException("the scope has ended (its publisher subscribed to outside?)");
                }
                waiter = budget.reserveAsync(asked.bytes, this::schedule, this);
            } catch (RuntimeException refused) { // more than the limit, or closed
                fail(refused);
                return;
            }
            if (state == ASKING && patience != null) {
                startTimer(patience);
            }
            withdrawIfOver();
        }

        private void schedule(Runnable task) {
            Disposable unused = asked.deliverOn.schedule(task);
        }

        private void startTimer(Patience patience) {
            try {
                timer = patience.timer().schedule(this::timeOut, patience.nanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException refused) {
                withdraw(/* late= */ false);
                fail(refused);
            }
        }

        private void timeOut() {
            Patience patience = asked.patience;
            if (patience != null && STATE.compareAndSet(this, ASKING, TIMED_OUT)) {
                AcquireTimeoutException told =
                        asked.timedOut(patience); // before the withdrawal, which may let others in
                withdraw(/* late= */ true);
                actual.onError(told);
            }
        }

        @Override
        public void cancel() {
            if (STATE.compareAndSet(this, IDLE, CANCELLED)) { // this first: from IDLE a request may move on, never back
                return;
            }
            if (STATE.compareAndSet(this, ASKING, CANCELLED)) {
                withdraw(/* late= */ false);
                disposeTimer();
            } else {
                boolean unused = STATE.compareAndSet(this, DONE, CANCELLED); // an end is not told any more
            }
        }

        private void withdrawIfOver() {
            int state = this.state;
            if (state != ASKING) {
                withdraw(state == TIMED_OUT); // after a grant or failure it does nothing
                disposeTimer();
            }
        }

        private void withdraw(boolean late) {
            BudgetWaiter waiter = this.waiter;
            if (waiter != null) {
                boolean unused = late ? waiter.timeOut() : waiter.cancel(); // if false, granted() gives back
            }
        }

        private void disposeTimer() {
            Disposable timer = this.timer;
            if (timer != null) {
                timer.dispose();
            }
        }

        @Override
        @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
        public @Nullable Object scanUnsafe(Attr key) {
            int state = this.state;
            if (key == Attr.ACTUAL) {
                return actual;
            }
            if (key == Attr.TERMINATED) {
                return state == DONE || state == TIMED_OUT;
            }
            if (key == Attr.CANCELLED) {
                return state == CANCELLED;
            }
            if (key == Attr.RUN_ON) {
                return asked.deliverOn;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
        }
    }
}
