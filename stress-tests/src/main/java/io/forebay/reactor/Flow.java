package io.forebay.reactor;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;

/** A source that emits nothing by itself, an operator, and a subscriber that closes what it gets and counts. */
final class Flow implements CoreSubscriber<Lease>, Subscription {
    /** So that a request that returns and an element meet often, yet nobody waits. */
    private static final int MOST_SPINS = 50;

    private static final AtomicIntegerFieldUpdater<Flow> SIGNALLING =
            AtomicIntegerFieldUpdater.newUpdater(Flow.class, "signalling");

    final ReframeSubscriber<Lease, Lease> operator = new ReframeSubscriber<>(
            this, Scannable.from(null), Function.identity(), new EachLease<>(Function.identity()));
    private final boolean throwing;

    volatile int asked; // how often; one request at a time
    volatile boolean cancelled;
    private volatile boolean bringing; // the source emits, or is about to

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int signalling;

    volatile boolean overlapped;

    // The worker's, then the arbiter's.
    int received;
    int ends;

    Flow() {
        this(/* throwing= */ false);
    }

    /** @param throwing whether the subscriber breaks the rules */
    Flow(boolean throwing) {
        this.throwing = throwing;
        operator.onSubscribe(this);
    }

    /** As the source does. */
    void bring(Lease lease) {
        bringing = true;
        for (int spins = 0; spins < MOST_SPINS && asked == 0; spins++) {
            Thread.onSpinWait();
        }
        operator.onNext(lease);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one request at a time
    public void request(long n) {
        asked++;
        for (int spins = 0; spins < MOST_SPINS && !bringing; spins++) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void onSubscribe(Subscription s) {}

    @Override
    public void onNext(Lease lease) {
        enter();
        received++;
        lease.close();
        leave();
        if (throwing) {
            throw new IllegalStateException("as set up");
        }
    }

    @Override
    public void onError(Throwable failure) {
        throw new IllegalStateException(failure);
    }

    @Override
    public void onComplete() {
        enter();
        ends++;
        leave();
    }

    private void enter() {
        if (SIGNALLING.getAndIncrement(this) != 0) {
            overlapped = true;
        }
    }

    private void leave() {
        SIGNALLING.getAndDecrement(this);
    }
}
