package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** One subscription of a {@link FluxReframe}. */
final class ReframeSubscriber<I, O> extends SoleWorker<Object> implements CoreSubscriber<I>, Subscription, Scannable {
    /*
     *   onNext:               take the element in as a lease or buffer, bring that to the worker
     *   request, cancel,
     *   onComplete, onError:  set their field, work
     *   a round:              look at the fields, feed what arrived;  emit what comes out, while it is requested;
     *                         end or request
     *
     * Who the worker is, and how the source is asked, is in SoleWorker. What is kept is closed by the worker alone: a cancel
     * waits for no one, it tells the source at once and leaves the closing to the worker. When it is over, the worker closes
     * what it finds. A source that pays no heed to demand fills the reframer.
     *
     * What cannot be closed keeps nothing else open. The subscriber is told of it with the error or in place of the end;
     * if it wants to hear no more, it is dropped.
     *
     * A source that offers synchronous fusion (a range, a collection, what maps or filters them) is not requested from but
     * polled, by the worker and when an element is wanted. It never signals, so nothing is counted and nothing arrives:
     *
     *   request, cancel:      set their field, work
     *   a round:              look at the fields;  emit what comes out, while it is requested;  poll and feed, or end
     *
     * Such a source is cancelled by the worker too, and once: what it discards then, it must not be polled for meanwhile.
     *
     * A subscriber that throws out of onNext breaks the rules. It has the element; everything else is closed, the
     * source cancelled, and the exception goes up.
     */
    @SuppressWarnings("rawtypes") // updaters know no parameters
    private static final AtomicLongFieldUpdater<ReframeSubscriber> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(ReframeSubscriber.class, "requested");

    private final CoreSubscriber<? super O> actual;
    private final Scannable operator; // knows its name
    private final Function<? super I, ?> intake;
    private final Reframer<O> reframer;

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    private @Nullable QueueSubscription<? extends I> polled; // s, if it is; set before anybody else is here

    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean done; // upstream writes once, after error; worker reads
    private volatile boolean cancelled; // downstream writes once, worker reads
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    // The worker's.
    private boolean finished; // the reframer knows that no more comes
    private boolean over; // the terminal signal is out, or downstream wants no more
    private boolean left; // the polled source has ended or been cancelled

    /** @param operator has the name that a scan calls it by */
    ReframeSubscriber(
            CoreSubscriber<? super O> actual, Scannable operator, Function<? super I, ?> intake, Reframer<O> reframer) {
        this.actual = actual;
        this.operator = operator;
        this.intake = intake;
        this.reframer = reframer;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            polled = SyncFusion.polledIfOffered(s);
            reframer.whenHungry(this::work);
            boolean isSatisfied = reframer.isSatisfied(); // nobody else is here yet
            actual.onSubscribe(this);
            if (isSatisfied) {
                work(); // ends without a request
            }
        }
    }

    @Override
    public void onNext(I element) {
        Objects.requireNonNull(element, "element");
        Object taken;
        try {
            taken = intake.apply(element);
        } catch (Throwable failure) { // told to the subscriber
            Throwable unused = Failures.cancel(s, failure);
            onError(Failures.told(failure, element, currentContext()));
            return;
        }
        if (done) {
            release(taken);
            return;
        }
        bring(taken); // the worker's from here
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
            work();
        } else if (Operators.addCap(REQUESTED, this, n)
                != Long.MAX_VALUE) { // or else who wanted all before has seen to it
            workUnlessUnbounded();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        try {
            if (polled == null) {
                s.cancel();
            }
        } finally {
            work();
        }
    }

    @Override
    void ask(long n) {
        s.request(n);
    }

    @Override
    boolean feed(Object taken) {
        if (over) {
            drop(Failures.close(() -> release(taken), /* before= */ null));
            return false;
        }
        O next;
        try {
            next = taken instanceof ByteBuf buffer ? feed(buffer) : feed((Lease) taken);
        } catch (Throwable failure) { // told to the subscriber
            fail(failure);
            return false;
        }
        if (next == null) {
            return false;
        }
        emit(next);
        return true;
    }

    /** Takes it over, also if this throws. What it became, if it went through. */
    private @Nullable O feed(ByteBuf buffer) {
        O next = requested == Long.MAX_VALUE ? reframer.pass(buffer) : null;
        if (next == null) {
            reframer.feed(buffer);
        }
        return next;
    }

    /** The same. */
    private @Nullable O feed(Lease lease) {
        try {
            O next = requested == Long.MAX_VALUE ? reframer.pass(lease) : null;
            if (next == null) {
                reframer.feed(lease);
            }
            return next;
        } catch (Throwable failure) { // goes up
            Throwable unused = Failures.close(lease, failure);
            throw failure;
        }
    }

    @Override
    void round() {
        if (over) {
            drop(closeAll(/* before= */ null));
            return;
        }
        boolean more = true;
        while (more && !over) {
            more = emitAll();
        }
    }

    private void lookAtAll() {
        Throwable misuse = this.misuse;
        if (cancelled) {
            over = true;
            drop(closeAll(polled == null ? null : Failures.close(this::cancelSource, /* before= */ null)));
            return;
        }
        if (misuse != null) {
            fail(misuse);
            return;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable error = done ? this.error : null;
        if (error != null) {
            end(error);
            return;
        }
        feedArrived();
        if (done && !finished) {
            finished = true;
            reframer.finish();
        }
    }

    /**
     * Emits what comes out while it is requested, and a terminal signal; if there is nothing, requests. Whether there may be
     * more to do. One loop and no call for each element, so that it is compiled as one.
     */
    private boolean emitAll() {
        while (true) {
            if (hasNews()) {
                lookAtAll();
                if (over) {
                    return false;
                }
            }
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
            if (next == null) {
                return !hasNext && goOn();
            }
            emit(next);
        }
    }

    /** There is no next; whether something came at once. */
    private boolean goOn() {
        if (finished) {
            end(/* failure= */ null);
            return false;
        }
        if (reframer.isSatisfied()) {
            endSatisfied();
            return false;
        }
        QueueSubscription<? extends I> polled = this.polled;
        if (polled != null) {
            return poll(polled);
        }
        if (!mayRequest() || requested == 0 || !reframer.isHungry()) {
            return false;
        }
        if (requested == Long.MAX_VALUE && reframer.isGreedy()) {
            requestAllAfterRound();
            return false;
        }
        return requestOne();
    }

    /** Whether something came, or the end. If nothing is requested, only the end can. */
    private boolean poll(QueueSubscription<? extends I> source) {
        Object taken;
        do {
            I element = null; // for the hook that is told of a failure
            try {
                if (requested == 0 ? !source.isEmpty() : !reframer.isHungry()) {
                    return false;
                }
                element = source.poll();
                if (element == null) {
                    endOfPolled();
                    return true;
                }
                taken = intake.apply(element);
            } catch (Throwable failure) { // told to the subscriber
                Throwable unused = Failures.close(this::cancelSource, failure);
                end(Failures.told(failure, element, currentContext()));
                return false;
            }
        } while (feed(taken) && isQuiet());
        return !over;
    }

    private void endOfPolled() {
        left = true;
        done = true;
        finished = true;
        reframer.finish();
    }

    /** The worker's. */
    private void cancelSource() {
        if (!left) {
            left = polled != null;
            s.cancel();
        }
    }

    private void emit(O next) {
        if (cancelled) {
            drop(Failures.close(() -> release(next), /* before= */ null));
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
        Throwable unused = Failures.close(this::cancelSource, failure);
        end(Failures.told(failure, currentContext()));
    }

    private void endSatisfied() {
        Throwable failure = Failures.close(this::cancelSource, /* before= */ null);
        end(failure == null ? null : Failures.told(failure, currentContext()));
    }

    /** @param failure none if all has come out */
    private void end(@Nullable Throwable failure) {
        over = true;
        Throwable told = closeAll(failure);
        if (told == null) {
            if (!cancelled) { // or else an element may have been dropped for that: it did not complete
                actual.onComplete();
            }
        } else {
            actual.onError(failure == null ? Failures.told(told, currentContext()) : told);
        }
    }

    @Override
    void giveUp(Throwable thrown) {
        over = true;
        Throwable unused = closeAll(Failures.close(this::cancelSource, thrown));
    }

    private void drop(@Nullable Throwable failure) {
        Failures.drop(failure, currentContext());
    }

    /** Closes what there is; what that throws, with what failed before. */
    private @Nullable Throwable closeAll(@Nullable Throwable before) {
        Throwable failure = Failures.close(reframer, before);
        Object taken = pollArrived();
        while (taken != null) {
            Object each = taken;
            failure = Failures.close(() -> release(each), failure);
            taken = pollArrived();
        }
        return failure;
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public String stepName() {
        return operator.stepName();
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
