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
     *   onNext:             into the reframer, as the worker;  or else into arrived, work
     *   request, cancel,
     *   onComplete, onError:  set their field;                                  work
     *
     *   work:  count up wip; who counts from 0 is the worker, and goes round until it has met all counts
     *
     * What is marked as the worker's is the worker's alone, so nothing that is kept is ever touched by two threads, nor
     * closed by one while another uses it: a cancel waits for no one, it leaves the closing to the worker.
     *
     * Nothing is stranded: whoever puts a lease into arrived counts wip up afterwards, so some worker looks at arrived
     * after that; when it is over, it closes what it finds.
     *
     * At the end of each round arrived is empty, because all of it was fed. So who counts wip from 0 itself may feed its
     * lease past the queue. A source that pays no heed to demand fills the reframer.
     *
     * Whoever signals counts wip up after it has set its field. So while wip is what it was before the worker last looked
     * at the fields (quiet), there is nothing new in them, and one read of wip stands for a look at all.
     *
     * Most sources answer a request before it returns. What comes on the thread that is requesting right now comes to the
     * worker, so it is worked on at once, without a count. A thread that finds itself in requester is the worker, whatever
     * it sees of others' writes: none but itself puts it there, and it takes itself out again. Only it does not request
     * there (answering), but where it has returned.
     *
     * How much is requested: one element, while one is wanted, so that in between there is one at most. Once the subscriber
     * wants all, all is requested, once: then each element is passed on within the onNext that brought it, and there is
     * nothing between elements that could pile up. But it would, in arrived, if it came on another thread while the worker
     * is still at it: while this one passes on one element, that one could bring many. So the worker lends its place out
     * for as long as it requests all:
     *
     *   HELD --LENT on, by the worker--> LENT, request   --CAS, after the request, if no count is missed--> free
     *                                      |--------------CAS, after the request, if one is----------------> HELD
     *                                      '--CAS, by who comes with an element on another thread----------> HELD by that
     *
     * Signals come one after another (rule 1.3), so nobody is within onNext on the lender's thread when one comes on
     * another thread, and the source orders the two; what the lender did in onNext is seen by who takes over. A cancel
     * does not take over, as it may come at any time. LENT is set once in a subscription, so no CAS mistakes it. A request
     * after all was wanted does nothing. What else counts up is the end of some kind, so who keeps its place after that
     * has little to do.
     *
     * A subscriber that throws out of onNext breaks the rules. It has the element; everything else is closed, the
     * source cancelled, and the exception goes up.
     */
    private static final int LENT = 1 << 30; // in wip, above all counts
    private static final int LOOK = -1; // no wip: the worker looks at all fields

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

    private volatile int wip; // all add, who adds to 0 works

    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean done; // upstream writes once, after error; worker reads
    private volatile boolean cancelled; // downstream writes once, worker reads
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    private @Nullable Thread requester; // worker writes itself and null, who comes with an element compares with itself

    // The worker's.
    private int met; // counts of wip that this worker will have met
    private int quiet; // what wip was before the last look
    private boolean answering; // within a request an element is being worked on
    private boolean awaiting; // an element has been requested and is not here yet, or all have been
    private boolean wantsAll; // all are to be requested when the round is over
    private boolean unbounded; // all have been requested
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
        int wip = this.wip;
        if (requester == Thread.currentThread() && (!unbounded || isLent(wip))) {
            answered(lease);
        } else if (wip == 0 && WIP.compareAndSet(this, 0, 1)) {
            workOff(lease, /* counted= */ 1, /* quiet= */ 1);
        } else if (isLent(wip) && lentToHeld()) {
            workOff(lease, this.wip, LOOK);
        } else {
            arrived.offer(lease); // the worker's from here
            work();
        }
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
        if (n <= 0) {
            misuse = Exceptions.nullOrNegativeRequestException(n); // rule 3.9
        } else if (requested == Long.MAX_VALUE) {
            return;
        } else {
            Operators.addCap(REQUESTED, this, n);
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
            workOff(/* first= */ null, /* counted= */ 1, LOOK);
        }
    }

    /** As the worker, for so many counts of wip: until all counts are met. */
    private void workOff(@Nullable Lease first, int counted, int quiet) {
        met = counted;
        this.quiet = quiet;
        boolean isWorker = true;
        boolean orderly = false;
        try {
            if (first != null) {
                feed(first);
            }
            while (isWorker) {
                round();
                if (wantsAll) {
                    isWorker = false;
                    isWorker = requestAll();
                }
                isWorker = isWorker && leftToDo();
            }
            orderly = true;
        } finally {
            if (isWorker && !orderly) {
                abandon();
            }
        }
    }

    /** If not, the caller is the worker no longer. */
    private boolean leftToDo() {
        quiet = LOOK;
        int left = WIP.addAndGet(this, -met);
        if (left != 0) {
            met = left;
        }
        return left != 0;
    }

    /** A subscriber threw, or the JVM is at its end. */
    private void abandon() {
        over = true;
        s.cancel();
        int left = met;
        while (left != 0) {
            closeAll();
            left = WIP.addAndGet(this, -left);
        }
    }

    private static boolean isLent(int wip) {
        return (wip & LENT) != 0;
    }

    /** Whether the place was lent still, so that it is the caller's now. */
    private boolean lentToHeld() {
        int wip = this.wip;
        while (isLent(wip)) {
            if (WIP.compareAndSet(this, wip, wip - LENT)) { // the caller is the worker from here
                return true;
            }
            Thread.onSpinWait();
            wip = this.wip;
        }
        return false;
    }

    /** Whether the worker is still the one, after its request for all. */
    private boolean isStillHeld() {
        boolean free = WIP.compareAndSet(this, LENT + met, 0); // no count was missed
        return !free && lentToHeld();
    }

    /** On the thread of a worker that is requesting: as that worker. */
    private void answered(Lease lease) {
        if (answering) { // out of the subscriber's onNext
            arrived.offer(lease);
            work();
            return;
        }
        answering = true;
        boolean orderly = false;
        try {
            feed(lease);
            round();
            orderly = true;
        } finally {
            answering = false;
            if (!orderly) {
                over = true;
                s.cancel();
                closeAll();
            }
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
        int wip = this.wip;
        if (wip != quiet) {
            quiet = wip; // before the look
            lookAtAll();
        }
        return !over && pull();
    }

    private void lookAtAll() {
        Throwable misuse = this.misuse;
        if (cancelled) {
            end();
            return;
        }
        if (misuse != null) {
            fail(misuse);
            return;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable error = done ? this.error : null;
        if (error != null) {
            end();
            actual.onError(error);
            return;
        }
        feedArrived(done);
    }

    private boolean pull() {
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
            return goOn();
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
        awaiting = unbounded;
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
    private boolean goOn() {
        if (finished || reframer.isSatisfied()) {
            if (!finished) {
                s.cancel();
            }
            end();
            actual.onComplete();
            return false;
        }
        if (awaiting || answering || requested == 0 || !reframer.isHungry()) {
            return false;
        }
        if (requested == Long.MAX_VALUE && reframer.isGreedy()) {
            wantsAll = true;
            return false;
        }
        return requestOne();
    }

    private boolean requestOne() {
        awaiting = true;
        requester = Thread.currentThread();
        try {
            s.request(1);
        } finally {
            requester = null;
        }
        return !awaiting; // what comes in another way counts wip up, and is met in the next round
    }

    /** Between rounds. Whether this is the worker still. */
    private boolean requestAll() {
        wantsAll = false;
        unbounded = true;
        awaiting = true;
        requester = Thread.currentThread();
        quiet += LENT;
        WIP.addAndGet(this, LENT); // who comes with an element may be the worker from here
        boolean orderly = false;
        try {
            s.request(Long.MAX_VALUE);
            orderly = true;
        } finally {
            requester = null;
            if (!orderly && lentToHeld()) {
                abandon();
            }
        }
        return isStillHeld();
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
