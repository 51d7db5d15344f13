package io.forebay.reactor;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;

/** One subscriber's end of a multicast. */
final class MulticastBranch implements Subscription, Scannable {
    private static final AtomicLongFieldUpdater<MulticastBranch> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(MulticastBranch.class, "requested");

    private final CoreSubscriber<? super Lease> actual;
    private final MulticastSubscriber shared;
    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean cancelled; // downstream writes once, all read
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private volatile boolean over; // worker writes once, all read

    MulticastBranch(CoreSubscriber<? super Lease> actual, MulticastSubscriber shared) {
        this.actual = actual;
        this.shared = shared;
    }

    /** By the worker; tells a subscriber that broke the rules. */
    boolean isLeft() {
        Throwable misuse = this.misuse;
        if (misuse != null && !over && !cancelled) {
            fail(Operators.onOperatorError(misuse, actual.currentContext()));
        }
        return !over && !cancelled;
    }

    /** By any thread: whether more may come of it than to be told how it ends. */
    boolean waits() {
        return !over && !cancelled && misuse == null;
    }

    boolean wantsMore() {
        return requested != 0;
    }

    boolean wantsAll() {
        return requested == Long.MAX_VALUE;
    }

    void next(Lease own) {
        Operators.produced(REQUESTED, this, 1);
        boolean orderly = false;
        try {
            actual.onNext(own); // the subscriber's from here
            orderly = true;
        } finally {
            if (!orderly) {
                over = true; // who threw is told nothing more
            }
        }
    }

    void fail(Throwable error) {
        if (!over && !cancelled) {
            over = true;
            actual.onError(error);
        }
    }

    void complete() {
        if (!over && !cancelled) {
            over = true;
            actual.onComplete();
        }
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            misuse = Exceptions.nullOrNegativeRequestException(n); // rule 3.9
            shared.misused();
        } else if (Operators.addCap(REQUESTED, this, n)
                != Long.MAX_VALUE) { // or else who wanted all before has seen to it
            shared.workUnlessUnbounded();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        shared.cancelled();
    }

    @Override
    public String stepName() {
        return "multicast";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return shared;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        }
        if (key == Attr.TERMINATED) {
            return over;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
