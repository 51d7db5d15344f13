package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** One subscription of a {@link FluxReframe}. */
final class ReframeSubscriber<I, O> implements CoreSubscriber<I>, Subscription, Scannable {
    /*
     *   onNext:             lease into arrived, or straight into the reframer;  work
     *   request, cancel,
     *   onComplete, onError:  set their field;                                  work
     *
     *   work:  count up wip; who counts from 0 is the worker, and goes round until it has met all counts
     *
     * The reframer, over, awaiting and finished are the worker's alone, so nothing that is kept is ever touched by two
     * threads, nor closed by one while another uses it: a cancel waits for no one, it leaves the closing to the worker.
     *
     * Nothing is stranded: whoever puts a lease into arrived counts wip up afterwards, so some worker looks at arrived
     * after that; when it is over, it closes what it finds.
     *
     * At the end of each round arrived is empty, because all of it was fed. So who counts wip from 0 itself may feed its
     * lease past the queue. Elements come one at a time, since one at a time is requested; a source that pays no heed to
     * demand fills the reframer.
     *
     * Most sources answer a request before it returns. What comes on the thread that is requesting right now comes to the
     * worker, so it needs no queue: it is put down in answer, where the worker finds it when its request has returned. A
     * thread that finds itself in requester is the worker, whatever it sees of others' writes: none but itself puts it there,
     * and it takes itself out again.
     *
     * A subscriber that throws out of onNext breaks the rules. It has the element; everything else is closed, the
     * source cancelled, and the exception goes up.
     */
    @SuppressWarnings("rawtypes") // updaters know no parameters
    private static final AtomicIntegerFieldUpdater<ReframeSubscriber> WIP =
            AtomicIntegerFieldUpdater.newUpdater(ReframeSubscriber.class, "wip");

    @SuppressWarnings("rawtypes") // updaters know no parameters
    private static final AtomicLongFieldUpdater<ReframeSubscriber> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(ReframeSubscriber.class, "requested");

    private final CoreSubscriber<? super O> actual;
    private final Function<? super I, Lease> intake;
    private final Reframer<O> reframer;
    private final Queue<Lease> arrived = Queues.<Lease>unboundedMultiproducer().get();

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int wip; // all add, who adds to 0 works

    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean done; // upstream writes once, after error; worker reads
    private volatile boolean cancelled; // downstream writes once, worker reads
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    private @Nullable Thread requester; // worker writes itself and null, who comes with an element compares with itself

    // The worker's.
    private @Nullable Lease answer; // what came while it requested
    private boolean awaiting; // an element has been requested and is not here yet
    private boolean finished; // the reframer knows that no more comes
    private boolean over; // the terminal signal is out, or downstream wants no more

    ReframeSubscriber(CoreSubscriber<? super O> actual, Function<? super I, Lease> intake, Reframer<O> reframer) {
        this.actual = actual;
        this.intake = intake;
        this.reframer = reframer;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            reframer.whenHungry(this::work);
            actual.onSubscribe(this);
            work(); // it may be satisfied already
        }
    }

    @Override
    public void onNext(I element) {
        Objects.requireNonNull(element, "element");
        Lease lease;
        try {
            lease = intake.apply(element);
        } catch (Throwable failure) { // told to the subscriber
            s.cancel();
            onError(Failures.told(failure, element, currentContext()));
            return;
        }
        if (done) {
            lease.close();
            return;
        }
        if (requester == Thread.currentThread() && answer == null && arrived.isEmpty()) {
            answer = lease;
            return;
        }
        if (WIP.compareAndSet(this, 0, 1)) {
            workOff(lease);
            return;
        }
        arrived.offer(lease); // the worker's from here
        work();
    }

    @Override
    public void onError(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        if (done) {
            Operators.onErrorDropped(failure, currentContext());
            return;
        }
        error = failure;
        done = true; // publishes error
        work();
    }

    @Override
    public void onComplete() {
        done = true;
        work();
    }

    @Override
    public void request(long n) {
        if (n > 0) {
            Operators.addCap(REQUESTED, this, n);
        } else {
            misuse = Exceptions.nullOrNegativeRequestException(n); // rule 3.9
        }
        work();
    }

    @Override
    public void cancel() {
        cancelled = true;
        s.cancel();
        work();
    }

    private void work() {
        if (WIP.getAndIncrement(this) == 0) {
            workOff(/* first= */ null);
        }
    }

    /** As the worker, wip being above 0: until all counts are met. */
    private void workOff(@Nullable Lease first) {
        int met = 1;
        boolean orderly = false;
        try {
            if (first != null) {
                feed(first);
            }
            while (met != 0) {
                round();
                met = WIP.addAndGet(this, -met);
            }
            orderly = true;
        } finally {
            if (!orderly) {
                abandon(met);
            }
        }
    }

    /** A subscriber threw, or the JVM is at its end. */
    private void abandon(int met) {
        over = true;
        s.cancel();
        int left = met;
        while (left != 0) {
            closeAll();
            left = WIP.addAndGet(this, -left);
        }
    }

    private void round() {
        if (over) {
            closeAll();
            return;
        }
        boolean more = true;
        while (more) {
            more = step();
        }
    }

    /** Emits one element or a terminal signal, or requests; whether there may be more to do. */
    private boolean step() {
        Throwable misuse = this.misuse;
        if (cancelled) {
            end();
            return false;
        }
        if (misuse != null) {
            fail(misuse);
            return false;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable error = done ? this.error : null;
        if (error != null) {
            end();
            actual.onError(error);
            return false;
        }
        feedArrived(done);
        return !over && pull(done);
    }

    private boolean pull(boolean done) {
        boolean hasNext;
        O next = null;
        try {
            hasNext = reframer.hasNext();
            if (hasNext && requested != 0) {
                next = reframer.next();
            }
        } catch (Throwable failure) { // told to the subscriber
            fail(failure);
            return false;
        }
        if (!hasNext) {
            return goOn(done);
        }
        if (next == null) {
            return false;
        }
        emit(next);
        return true;
    }

    private void feedArrived(boolean done) {
        Lease lease = arrived.poll();
        while (lease != null) {
            feed(lease);
            lease = arrived.poll();
        }
        if (done && !finished) {
            finished = true;
            reframer.finish();
        }
    }

    private void feed(Lease lease) {
        awaiting = false;
        if (over) {
            lease.close();
            return;
        }
        try {
            reframer.feed(lease);
        } catch (Throwable failure) { // told to the subscriber
            lease.close();
            fail(failure);
        }
    }

    /** There is no next; whether something came at once. */
    private boolean goOn(boolean done) {
        if (done || reframer.isSatisfied()) {
            if (!done) {
                s.cancel();
            }
            end();
            actual.onComplete();
            return false;
        }
        return requested != 0 && !awaiting && reframer.isHungry() && requestOne();
    }

    private boolean requestOne() {
        awaiting = true;
        requester = Thread.currentThread();
        try {
            s.request(1);
        } finally {
            requester = null;
        }
        Lease lease = answer;
        if (lease == null) { // what comes in another way counts wip up, and is met in the next round
            return false;
        }
        answer = null;
        feed(lease);
        return !over;
    }

    private void emit(O next) {
        if (cancelled) {
            release(next);
            return;
        }
        Operators.produced(REQUESTED, this, 1);
        actual.onNext(next); // the subscriber's from here
    }

    private static void release(Object next) {
        if (next instanceof ByteBuf buffer) {
            buffer.release();
        } else {
            Discards.closeWithin(next);
        }
    }

    private void fail(Throwable failure) {
        end();
        s.cancel();
        actual.onError(Failures.told(failure, currentContext()));
    }

    private void end() {
        over = true;
        closeAll();
    }

    private void closeAll() {
        reframer.close();
        if (answer != null) {
            answer.close();
            answer = null;
        }
        Lease lease = arrived.poll();
        while (lease != null) {
            lease.close();
            lease = arrived.poll();
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
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        }
        if (key == Attr.TERMINATED) {
            return done;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.ERROR) {
            return done ? error : null;
        }
        if (key == Attr.PREFETCH) {
            return 1;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
