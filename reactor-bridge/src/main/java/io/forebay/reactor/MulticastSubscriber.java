package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** The one subscription to the source, and the worker that serves all branches from it. */
final class MulticastSubscriber extends SoleWorker<Object> implements BufferSubscriber, Scannable {
    /*
     *   join:               take a place, put the branch there, tell its subscriber, count up joined;
     *                       who is the last subscribes to the source
     *   onNext:             bring the lease, or buffer, to the worker
     *   a branch's request, cancel;  onSubscribe:   set their field;  work, unless all is requested and somebody is left
     *   onComplete, onError:                        set their field;  work
     *   a round:            look at the fields, feed what arrived;  deliver to all, while all want one;  end or request
     *
     * Who the worker is, and how the source is asked, is in SoleWorker.
     *
     * The branches are written before joined is counted up, and read by workers that have seen connected, which is set
     * after the last count: so workers see them all, and each has had its onSubscribe.
     *
     * When no branch wants anything any more, the source is cancelled at once, by whoever cancelled last: the worker may be
     * in the middle of a request or of a subscriber's onNext. It cancels again when it finds nobody left, and closes what
     * has arrived.
     *
     * An element is requested when every branch that is left wants one. Wants only grow between the request and the
     * element, so that what arrives goes out to all at once; only what a source sends unasked has to wait. All are requested once
     * every branch wants all. From then on a branch that leaves others behind does not make its thread the worker: that would
     * deliver, beside a source that nothing holds up. It is looked at with the next element.
     */
    private static final AtomicIntegerFieldUpdater<MulticastSubscriber> TAKEN =
            AtomicIntegerFieldUpdater.newUpdater(MulticastSubscriber.class, "taken");
    private static final AtomicIntegerFieldUpdater<MulticastSubscriber> JOINED =
            AtomicIntegerFieldUpdater.newUpdater(MulticastSubscriber.class, "joined");

    private final MulticastBranches branches;

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int taken; // subscribers add, up to their number

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int joined; // subscribers add, after their branch is written

    private volatile boolean connected; // upstream writes once, worker reads
    private volatile boolean done; // upstream writes once, after error; worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    private Context context = Context.empty(); // the first subscriber writes, before joined

    // The worker's.
    private final LeaseRow waiting = new LeaseRow(); // sent unasked
    private boolean over; // the terminal signals are out, or nobody is left

    MulticastSubscriber(int subscribers) {
        branches = new MulticastBranches(subscribers);
    }

    /** Whether the source is now to be subscribed to. */
    boolean join(CoreSubscriber<? super Lease> actual) {
        int place = TAKEN.getAndUpdate(this, before -> Math.min(before + 1, branches.most()));
        if (place == branches.most()) {
            Operators.error(
                    actual, new IllegalStateException("multicast has its " + place + " subscribers (one too many?)"));
            return false;
        }
        MulticastBranch branch = new MulticastBranch(actual, this);
        branches.put(place, branch);
        if (place == 0) {
            context = actual.currentContext();
        }
        actual.onSubscribe(branch);
        return JOINED.incrementAndGet(this) == branches.most(); // publishes the branch
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            connected = true; // publishes s
            workUnlessUnbounded(); // or else some worker has seen it
        }
    }

    @Override
    public void onNext(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        if (done) {
            lease.close();
            return;
        }
        bring(lease); // the worker's from here
    }

    @Override
    public void onNextBuffer(ByteBuf buffer) {
        if (done) {
            buffer.release();
            return;
        }
        bring(buffer); // the worker's from here
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
    void ask(long n) {
        s.request(n);
    }

    @Override
    boolean feed(Object taken) {
        if (over) {
            drop(Failures.close(() -> release(taken), /* before= */ null));
            return false;
        }
        if (waiting.size() > 0 || !connected || !looksWhetherAllWant(taken)) {
            keep(taken);
            return false;
        }
        deliver(taken);
        return !over; // whoever leaves last counts
    }

    private void keep(Object taken) {
        boolean isKept = false;
        try {
            waiting.addLast(taken instanceof ByteBuf buffer ? Lease.adoptInside(buffer) : (Lease) taken);
            isKept = true;
        } finally {
            if (!isKept) { // the heap is full
                release(taken);
            }
        }
    }

    /** Who is told what it did wrong may throw, and the element is in nobody's hands. */
    private boolean looksWhetherAllWant(Object taken) {
        try {
            return branches.lookWhetherAllWant();
        } catch (Throwable thrown) { // goes up
            Throwable unused = Failures.close(() -> release(taken), thrown);
            throw thrown;
        }
    }

    private static void release(Object taken) {
        if (taken instanceof ByteBuf buffer) {
            buffer.release();
        } else {
            ((Lease) taken).close();
        }
    }

    /** A branch that is left no longer, by a subscriber's cancel. */
    void cancelled() {
        boolean isLast = isNobodyLeft();
        if (isLast && !done) {
            drop(Failures.cancel(s, /* before= */ null));
        }
        workFor(isLast);
    }

    /** A branch that is to be told so. */
    void misused() {
        workFor(isNobodyLeft());
    }

    /** Whoever leaves before all have joined is seen by any worker that sees them joined. */
    private boolean isNobodyLeft() {
        return connected && !branches.anyWaits(); // in this order: after the first, all branches are seen
    }

    private void workFor(boolean isLast) {
        if (isLast) {
            work();
        } else {
            workUnlessUnbounded();
        }
    }

    /** The other subscribers are told, or they would wait for ever. */
    @Override
    void giveUp(Throwable thrown) {
        boolean tells = !over;
        over = true;
        Throwable unused = Failures.cancel(s, thrown);
        if (tells) {
            Throwable error = new IllegalStateException("another subscriber of the multicast threw", thrown);
            unused = Failures.close(() -> failAll(error), thrown);
        }
        unused = closeAll(thrown);
    }

    @Override
    void round() {
        boolean more = connected;
        while (more) {
            more = step();
        }
    }

    /** Delivers one element to all or the terminal signals, or requests; whether there may be more to do. */
    private boolean step() {
        boolean unused = hasNews(); // all fields are looked at
        if (over) {
            drop(closeAll(/* before= */ null));
            return false;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable error = done ? this.error : null;
        if (error != null) {
            failAll(error);
            return false;
        }
        feedArrived();
        boolean wanted = branches.lookWhetherAllWant();
        if (!branches.anyIsLeft()) {
            over = true;
            drop(closeAll(Failures.cancel(s, /* before= */ null)));
            return false;
        }
        if (wanted && waiting.size() > 0) {
            deliver(waiting.removeFirst());
            return true;
        }
        if (done && waiting.size() == 0) {
            completeAll();
            return false;
        }
        return wanted && !done && mayRequest() && requests();
    }

    /** Whether something came at once. */
    private boolean requests() {
        if (branches.allWantAll()) {
            requestAllAfterRound();
            return false;
        }
        return requestOne();
    }

    private void deliver(Object taken) {
        Throwable failure =
                taken instanceof ByteBuf buffer ? branches.deliver(buffer) : branches.deliver((Lease) taken);
        if (failure != null) {
            Throwable unused = Failures.cancel(s, failure);
            failAll(failure);
        }
    }

    private void failAll(Throwable error) {
        over = true;
        Throwable unused = closeAll(error);
        branches.fail(error);
    }

    /** When nothing has arrived that was not delivered. */
    private void completeAll() {
        over = true;
        branches.complete();
    }

    /** Closes what there is; what that throws, with what failed before. */
    private @Nullable Throwable closeAll(@Nullable Throwable before) {
        Throwable failure = waiting.closeAll(before);
        Object taken = pollArrived();
        while (taken != null) {
            Object each = taken;
            failure = Failures.close(() -> release(each), failure);
            taken = pollArrived();
        }
        return failure;
    }

    private void drop(@Nullable Throwable failure) {
        Failures.drop(failure, currentContext());
    }

    @Override
    public Context currentContext() {
        return context;
    }

    @Override
    public String stepName() {
        return "multicast";
    }

    /** The ends of those who are left. */
    @Override
    public Stream<? extends Scannable> inners() {
        return branches.left();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.TERMINATED) {
            return done;
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
