package io.forebay.reactor;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** The one subscription to the source, and the worker that serves all branches from it. */
final class MulticastSubscriber implements CoreSubscriber<Lease>, Scannable {
    /*
     *   join:               take a place, put the branch there, tell its subscriber, count up joined;
     *                       who is the last subscribes to the source
     *   onNext:             lease into arrived;  work
     *   a branch's request, cancel;  onSubscribe, onComplete, onError:  set their field;  work
     *   work:               count up wip; who counts from 0 is the worker, and goes round until it has met all counts
     *
     * The branches are written before joined is counted up, and read by workers that have seen connected, which is set
     * after the last count: so workers see them all, and each has had its onSubscribe.
     *
     * When no branch wants anything any more, the source is cancelled at once, by whoever cancelled last: the worker may be
     * in the middle of a request or of a subscriber's onNext. It cancels again when it finds nobody left, and closes what
     * has arrived.
     *
     * An element is requested when every branch that is left wants one. Wants only grow between the request and the
     * element, so that what arrives goes out to all at once; only what a source sends unasked has to wait in arrived.
     */
    private static final AtomicIntegerFieldUpdater<MulticastSubscriber> WIP =
            AtomicIntegerFieldUpdater.newUpdater(MulticastSubscriber.class, "wip");
    private static final AtomicIntegerFieldUpdater<MulticastSubscriber> TAKEN =
            AtomicIntegerFieldUpdater.newUpdater(MulticastSubscriber.class, "taken");
    private static final AtomicIntegerFieldUpdater<MulticastSubscriber> JOINED =
            AtomicIntegerFieldUpdater.newUpdater(MulticastSubscriber.class, "joined");

    private final @Nullable MulticastBranch[] branches; // none where one has gone; subscribers write, worker clears
    private final Queue<Lease> arrived = Queues.<Lease>unboundedMultiproducer().get();

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int wip; // all add, who adds to 0 works

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int taken; // subscribers add, up to their number

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int joined; // subscribers add, after their branch is written

    private volatile boolean connected; // upstream writes once, worker reads
    private volatile boolean done; // upstream writes once, after error; worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    private Context context = Context.empty(); // the first subscriber writes, before joined

    // The worker's.
    private boolean awaiting; // an element has been requested and is not here yet
    private boolean over; // the terminal signals are out, or nobody is left

    MulticastSubscriber(int subscribers) {
        branches = new MulticastBranch[subscribers];
    }

    /** Whether the source is now to be subscribed to. */
    boolean join(CoreSubscriber<? super Lease> actual) {
        int place = TAKEN.getAndUpdate(this, before -> Math.min(before + 1, branches.length));
        if (place == branches.length) {
            Operators.error(
                    actual, new IllegalStateException("multicast has its " + place + " subscribers (one too many?)"));
            return false;
        }
        MulticastBranch branch = new MulticastBranch(actual, this);
        branches[place] = branch;
        if (place == 0) {
            context = actual.currentContext();
        }
        actual.onSubscribe(branch);
        return JOINED.incrementAndGet(this) == branches.length; // publishes the branch
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            connected = true; // publishes s
            work();
        }
    }

    @Override
    public void onNext(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        if (done) {
            lease.close();
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

    void work() {
        if (WIP.getAndIncrement(this) != 0) {
            return;
        }
        int met = 1;
        try {
            while (met != 0) {
                round();
                met = WIP.addAndGet(this, -met);
            }
        } catch (Throwable thrown) { // by a subscriber, which breaks the rules
            abandon(met, thrown);
            throw thrown;
        }
    }

    /** A branch that is left no longer, by a subscriber's cancel. */
    void cancelled() {
        if (connected && !done && !anyWaits()) {
            drop(Failures.cancel(s, /* before= */ null));
        }
        work();
    }

    /** By any thread that has seen {@link #connected}. */
    private boolean anyWaits() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.waits()) {
                return true;
            }
        }
        return false;
    }

    /** The other subscribers are told, or they would wait for ever. */
    private void abandon(int met, Throwable thrown) {
        over = true;
        try {
            Throwable unused = Failures.cancel(s, thrown);
            failAll(new IllegalStateException("another subscriber of the multicast threw", thrown));
        } finally {
            int left = met;
            while (left != 0) {
                Throwable unused = closeArrived(thrown);
                left = WIP.addAndGet(this, -left);
            }
        }
    }

    private void round() {
        boolean more = connected;
        while (more) {
            more = step();
        }
    }

    /** Emits one element to all or the terminal signals, or requests; whether there may be more to do. */
    private boolean step() {
        if (over) {
            drop(closeArrived(/* before= */ null));
            return false;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable error = done ? this.error : null;
        if (error != null) {
            failAll(error);
            return false;
        }
        if (!anyIsLeft()) {
            over = true;
            drop(closeArrived(Failures.cancel(s, /* before= */ null)));
            return false;
        }
        boolean wanted = allWant();
        Lease lease = wanted ? arrived.poll() : null;
        if (lease != null) {
            awaiting = false;
            deliver(lease);
            return true;
        }
        if (done && arrived.isEmpty()) {
            completeAll();
        } else if (wanted && !done && !awaiting) {
            awaiting = true;
            s.request(1); // what comes at once counts wip up, and is met in the next round
        }
        return false;
    }

    private boolean anyIsLeft() {
        boolean any = false;
        for (int i = 0; i < branches.length; i++) {
            MulticastBranch branch = branches[i];
            if (branch != null && branch.isLeft()) {
                any = true;
            } else {
                branches[i] = null; // rule 3.13
            }
        }
        return any;
    }

    private boolean allWant() {
        for (MulticastBranch branch : branches) {
            if (branch != null && branch.isLeft() && !branch.wantsMore()) {
                return false;
            }
        }
        return true;
    }

    private void deliver(Lease lease) {
        Throwable failure;
        try {
            failure = deliverToEach(lease);
        } catch (Throwable thrown) { // by a subscriber
            Throwable unused = Failures.close(lease, thrown);
            throw thrown;
        }
        failure = Failures.close(lease, failure);
        if (failure != null) {
            Throwable unused = Failures.cancel(s, failure);
            failAll(failure);
        }
    }

    /** What kept it from being delivered to all. */
    private @Nullable Throwable deliverToEach(Lease lease) {
        for (MulticastBranch branch : branches) {
            if (branch == null || !branch.isLeft()) {
                continue;
            }
            Lease own;
            try {
                own = lease.retain();
            } catch (RuntimeException failure) { // somebody else closed it, or its scope has ended
                return failure;
            }
            branch.next(own);
        }
        return null;
    }

    private void failAll(Throwable error) {
        over = true;
        Throwable unused = closeArrived(error);
        for (MulticastBranch branch : branches) {
            if (branch != null) {
                branch.fail(error);
            }
        }
    }

    /** When nothing has arrived that was not delivered. */
    private void completeAll() {
        over = true;
        for (MulticastBranch branch : branches) {
            if (branch != null) {
                branch.complete();
            }
        }
    }

    /** What that throws, with what failed before. */
    private @Nullable Throwable closeArrived(@Nullable Throwable before) {
        Throwable failure = before;
        Lease lease = arrived.poll();
        while (lease != null) {
            failure = Failures.close(lease, failure);
            lease = arrived.poll();
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
        return Stream.of(branches).flatMap(Stream::ofNullable);
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
