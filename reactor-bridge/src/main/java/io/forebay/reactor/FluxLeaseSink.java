package io.forebay.reactor;

import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** A queue of leases, bounded in bytes, with any number of threads at one end and one subscriber at the other. */
final class FluxLeaseSink extends Flux<Lease> implements Subscription, Scannable {
    /*
     *   tryEmit:  CAS level + bytes, unless level has ENDED or it would be too much;  offer;  work
     *   tryEnd:   CAS end;  set ENDED in level;                                                work
     *   work:     count up wip; who counts from 0 is the worker, and goes round until it has met all counts
     *
     * Bytes are in level before their lease is in the queue, and leave it after. So when level is ENDED and no more, every
     * lease that was taken has been polled, and none can come: that is when the terminal signal goes out. Nothing that was
     * answered with OK comes after it.
     *
     * Nothing is stranded: whoever offers counts wip up afterwards, so a worker polls after that, and closes what it finds
     * if it is over.
     */
    private static final long ENDED = Long.MIN_VALUE; // a bit of level, which else is at most maxBytes
    private static final Object COMPLETE = new Object(); // an end without an error

    private static final AtomicIntegerFieldUpdater<FluxLeaseSink> WIP =
            AtomicIntegerFieldUpdater.newUpdater(FluxLeaseSink.class, "wip");
    private static final AtomicIntegerFieldUpdater<FluxLeaseSink> SUBSCRIBED =
            AtomicIntegerFieldUpdater.newUpdater(FluxLeaseSink.class, "subscribed");
    private static final AtomicLongFieldUpdater<FluxLeaseSink> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(FluxLeaseSink.class, "requested");
    private static final AtomicLongFieldUpdater<FluxLeaseSink> LEVEL =
            AtomicLongFieldUpdater.newUpdater(FluxLeaseSink.class, "level");
    private static final AtomicReferenceFieldUpdater<FluxLeaseSink, @Nullable Object> END =
            AtomicReferenceFieldUpdater.newUpdater(FluxLeaseSink.class, Object.class, "end");

    /** The bytes as they were counted: by the time it leaves, the lease may be closed. */
    private record Waiting(Lease lease, long bytes) {}

    private final long maxBytes;
    private final Queue<Waiting> queue =
            Queues.<Waiting>unboundedMultiproducer().get();

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int wip; // all add, who adds to 0 works

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int subscribed; // subscribers CAS

    private volatile long requested; // downstream adds, worker subtracts
    private volatile long level; // bytes that wait, and ENDED: emitters CAS, worker subtracts
    private volatile @Nullable Object end; // COMPLETE or an error: who ends it CAS, before ENDED; worker reads after
    private volatile boolean cancelled; // downstream writes once, all read
    private volatile boolean disposed; // whoever disposes writes once, all read
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private volatile @Nullable CoreSubscriber<? super Lease> actual; // subscribe writes once, worker reads and clears
    private boolean over; // the worker's: the terminal signal is out, or downstream wants no more

    FluxLeaseSink(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The same, as the user's hooks want it. */
    Flux<Lease> assembled() {
        return onAssembly(this);
    }

    /** Takes the lease over if it returns OK. Lock-free: a CAS fails only because another thread's did not. */
    EmitResult tryEmit(Lease lease) {
        long bytes = Math.max(1, lease.buffer().readableBytes());
        while (true) {
            long level = this.level;
            if (cancelled || disposed) {
                return EmitResult.FAIL_CANCELLED;
            }
            if (level < 0) {
                return EmitResult.FAIL_TERMINATED;
            }
            if (bytes > maxBytes - level) {
                return EmitResult.FAIL_OVERFLOW;
            }
            if (LEVEL.compareAndSet(
                    this, level, level + bytes)) { // there will be a lease of so many bytes in the queue
                queue.offer(new Waiting(lease, bytes)); // the worker's from here
                work();
                return EmitResult.OK;
            }
            Thread.onSpinWait();
        }
    }

    EmitResult tryEnd(@Nullable Throwable failure) {
        if (cancelled || disposed) {
            return EmitResult.FAIL_CANCELLED;
        }
        if (!END.compareAndSet(this, null, failure == null ? COMPLETE : failure)) {
            return EmitResult.FAIL_TERMINATED;
        }
        LEVEL.accumulateAndGet(this, ENDED, (level, bit) -> level | bit); // publishes the end
        work();
        return EmitResult.OK;
    }

    void dispose() {
        disposed = true;
        work();
    }

    long waitingBytes() {
        return level & ~ENDED;
    }

    boolean isEnded() {
        return level < 0 || cancelled || disposed;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        if (!SUBSCRIBED.compareAndSet(this, 0, 1)) {
            Operators.error(actual, new IllegalStateException("the sink has a subscriber (subscribed twice?)"));
            return;
        }
        actual.onSubscribe(this);
        this.actual = actual; // the worker may signal from here
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
        work();
    }

    private void work() {
        if (WIP.getAndIncrement(this) != 0) {
            return;
        }
        int met = 1;
        try {
            while (met != 0) {
                round();
                met = WIP.addAndGet(this, -met);
            }
        } catch (Throwable thrown) { // by a subscriber, which breaks the rules, or the JVM is at its end
            abandon(met, thrown);
            throw thrown;
        }
    }

    /** What cannot be closed is told with what was thrown. */
    private void abandon(int met, Throwable thrown) {
        over = true;
        cancelled = true; // emitters are told
        int left = met;
        while (left != 0) {
            Throwable unused = closeAll(thrown);
            left = WIP.addAndGet(this, -left);
        }
    }

    private void round() {
        boolean more = true;
        while (more) {
            more = step();
        }
    }

    /** Emits one element or a terminal signal; whether there may be more to do. */
    private boolean step() {
        CoreSubscriber<? super Lease> actual = this.actual;
        if (over || cancelled) {
            drop(closeAll(/* before= */ null), actual);
            this.actual = null; // rule 3.13
            return false;
        }
        if (disposed) {
            tellDisposed(actual);
            return false;
        }
        Throwable misuse = this.misuse;
        if (actual == null) {
            return false;
        }
        if (misuse != null) {
            over = true;
            cancelled = true; // emitters are told
            Throwable told = Operators.onOperatorError(misuse, actual.currentContext());
            Throwable unused = closeAll(told);
            actual.onError(told);
            return false;
        }
        return pass(actual);
    }

    private void tellDisposed(@Nullable CoreSubscriber<? super Lease> actual) {
        if (actual == null) {
            drop(closeAll(/* before= */ null), actual);
            return;
        }
        over = true;
        Throwable told = new CancellationException("the sink was disposed of");
        Throwable unused = closeAll(told);
        actual.onError(told);
    }

    private static void drop(@Nullable Throwable failure, @Nullable CoreSubscriber<?> actual) {
        Failures.drop(failure, actual == null ? Context.empty() : actual.currentContext());
    }

    private boolean pass(CoreSubscriber<? super Lease> actual) {
        boolean ended = level == ENDED; // before the look into the queue: after it, nothing is in there
        Waiting next = requested == 0 ? null : queue.poll();
        if (next != null) {
            LEVEL.addAndGet(this, -next.bytes());
            Operators.produced(REQUESTED, this, 1);
            actual.onNext(next.lease()); // the subscriber's from here
            return true;
        }
        if (ended) {
            over = true;
            tellEnd(actual);
        }
        return false;
    }

    private void tellEnd(CoreSubscriber<? super Lease> actual) {
        if (end instanceof Throwable error) {
            actual.onError(error);
        } else {
            actual.onComplete();
        }
    }

    /** Closes what waits; what that throws, with what failed before. */
    private @Nullable Throwable closeAll(@Nullable Throwable before) {
        Throwable failure = before;
        Waiting waiting = queue.poll();
        while (waiting != null) {
            LEVEL.addAndGet(this, -waiting.bytes());
            failure = Failures.close(waiting.lease(), failure);
            waiting = queue.poll();
        }
        return failure;
    }

    @Override
    public String stepName() {
        return "unicast";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        }
        if (key == Attr.TERMINATED) {
            return level < 0;
        }
        if (key == Attr.CANCELLED) {
            return cancelled || disposed;
        }
        if (key == Attr.ERROR) {
            return end instanceof Throwable ? end : null;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
