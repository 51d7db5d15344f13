package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** One subscription's reading. */
final class ReadSubscription implements Subscription, IoResult, Scannable {
    /*
     *   for each chunk that is requested:  ask for a lease;  read into it;  emit it
     *
     *   request, cancel:                     set their field;                        work
     *   what was asked for or read is here:  set acquired, readBytes or failure;     work
     *   work:  count up wip; who counts from 0 makes the scheduler run the worker, which goes round until it has met all
     *          counts
     *
     * Where there is room for the lease at once, it needs no subscription, and nobody else has seen it before it is read into. A
     * stream, and most files, have read when the call for it returns.
     *
     * At most one thing is under way, a lease that is asked for or a read, and the worker begins it. While a read is under
     * way the lease and the input are lent to it, and the worker touches neither, whatever else has happened: a cancel in
     * the middle leaves the closing to the round that the read's end causes. Nor does anybody else close the lease under it, as
     * a scope that ends: it is kept until the read has ended. A lease that comes after the end finds a worker that is over, and
     * is closed by it. One that waits for the worker is closed by who cancels: a scheduler may be slow, or have dropped the
     * worker.
     */
    private static final int NOTHING = -2; // no read has ended since the last look
    private static final int UNKNOWN = -1; // of nextBytes

    private static final AtomicIntegerFieldUpdater<ReadSubscription> WIP =
            AtomicIntegerFieldUpdater.newUpdater(ReadSubscription.class, "wip");
    private static final AtomicIntegerFieldUpdater<ReadSubscription> READ_BYTES =
            AtomicIntegerFieldUpdater.newUpdater(ReadSubscription.class, "readBytes");
    private static final AtomicLongFieldUpdater<ReadSubscription> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(ReadSubscription.class, "requested");
    private static final AtomicReferenceFieldUpdater<ReadSubscription, @Nullable Lease> ACQUIRED =
            AtomicReferenceFieldUpdater.newUpdater(ReadSubscription.class, Lease.class, "acquired");

    private final CoreSubscriber<? super Lease> actual;
    private final FluxRead.Plan plan;

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int wip; // all add, who adds to 0 works

    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean cancelled; // downstream writes once, all read
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads

    private volatile @Nullable Lease acquired; // who grants writes, worker or who cancels swaps out
    private volatile int readBytes = NOTHING; // who reads writes, worker resets, both lazily
    private volatile @Nullable Throwable failure; // who grants or reads writes, worker reads
    private volatile @Nullable LeaseReceiver receiver; // worker writes, who cancels reads

    // The worker's.
    private final GrantCount grants = new GrantCount();
    private @Nullable ChunkInput input;
    private @Nullable Lease lease; // lent to the read while one is under way
    private int nextBytes = UNKNOWN;
    private boolean filled; // the lease has a chunk
    private boolean acquiring;
    private boolean reading;
    private boolean over; // the terminal signal is out, or downstream wants no more

    ReadSubscription(CoreSubscriber<? super Lease> actual, FluxRead.Plan plan) {
        this.actual = actual;
        this.plan = plan;
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
        drop(cancelReceiver(
                /* before= */ null)); // its bytes are for others now, and not when the scheduler comes to it
        closeAcquired();
        work();
    }

    /** A lease has come, one for each that was asked for. */
    void acquired(Lease lease) {
        acquired = lease; // the worker's from here, or that of who cancels
        if (cancelled) { // whoever cancelled may have looked before
            closeAcquired();
        }
        work();
    }

    /** By any thread; what that throws, with what failed before. */
    private @Nullable Throwable cancelReceiver(@Nullable Throwable before) {
        LeaseReceiver receiver = this.receiver;
        return receiver == null ? before : receiver.cancel(before);
    }

    private void closeAcquired() {
        Lease acquired = ACQUIRED.getAndSet(this, null);
        drop(Failures.close(acquired, /* before= */ null));
    }

    @Override
    public void done(int bytes) {
        letOut(lease);
        READ_BYTES.lazySet(this, bytes); // for the worker, which is told by a count
        work();
    }

    @Override
    public void failed(Throwable failure) {
        letOut(lease);
        this.failure = failure;
        work();
    }

    /** By whom the lease is lent to: others, as its scope, may close it from here. */
    private void letOut(@Nullable Lease lease) {
        if (lease != null && lease.letOutKept()) {
            drop(Failures.close(lease, /* before= */ null));
        }
    }

    void work() {
        if (WIP.getAndIncrement(this) != 0) {
            return;
        }
        try {
            Disposable unused = plan.scheduler().schedule(this::workOff);
        } catch (RejectedExecutionException refused) {
            refused(refused);
        }
    }

    private void workOff() {
        int met = 1;
        boolean orderly = false;
        try {
            while (met != 0) {
                round();
                met = WIP.addAndGet(this, -met);
            }
            orderly = true;
        } finally {
            if (!orderly) {
                over = true;
                abandon(met);
            }
        }
    }

    /** As the worker: the scheduler will not run it. A read cannot be under way: its end would be. */
    private void refused(Throwable refused) {
        settle();
        boolean tells = !over && !cancelled;
        over = true;
        try {
            closeAll();
            if (tells) {
                actual.onError(Failures.told(refused, currentContext()));
            }
        } finally {
            abandon(1);
        }
    }

    private void abandon(int met) {
        int left = met;
        while (left != 0) {
            settle();
            if (!reading) {
                closeAll();
            }
            left = WIP.addAndGet(this, -left);
        }
    }

    private void round() {
        try {
            boolean more = true;
            while (more) {
                more = step();
            }
        } finally {
            grants.countAll();
        }
    }

    /** Begins, emits or ends something; whether there may be more to do. */
    private boolean step() {
        settle();
        if (reading) {
            return false;
        }
        if (over || cancelled) {
            over = true;
            closeAll();
            return false;
        }
        Throwable failure = misuse == null ? this.failure : misuse;
        if (failure != null) {
            end(failure);
            return false;
        }
        if (filled) {
            emit();
            return true;
        }
        boolean more;
        try {
            more = goOn();
        } catch (Throwable thrown) { // told to the subscriber
            reading = false;
            end(thrown);
            return false;
        }
        if (nextBytes == 0) {
            end(/* failure= */ null);
        }
        return more;
    }

    /** Takes note of what has ended. */
    private void settle() {
        Lease acquired = this.acquired == null ? null : ACQUIRED.getAndSet(this, null);
        if (acquired != null) {
            acquiring = false;
            receiver = null;
            lease = acquired;
        }
        int read = readBytes;
        if (read != NOTHING) {
            READ_BYTES.lazySet(this, NOTHING); // whoever reads next is told of that read after this
            reading = false;
            hasRead(read);
        }
        if (failure != null) {
            reading = false;
        }
    }

    private void hasRead(int bytes) {
        filled = bytes > 0;
        nextBytes = bytes < 0 ? 0 : UNKNOWN;
    }

    private boolean goOn() throws Exception {
        ChunkInput input = this.input;
        if (input == null) {
            this.input = Objects.requireNonNull(plan.opener().call(), "the function returned null");
            return true;
        }
        if (nextBytes == UNKNOWN) {
            nextBytes = input.nextBytes(plan.chunkBytes());
        }
        if (nextBytes == 0 || requested == 0 || acquiring) {
            return false;
        }
        Lease acquired = lease;
        if (acquired == null) {
            Lease kept = acquire();
            lease = kept;
            return kept != null && readKept(input, kept);
        }
        if (!acquired.keep()) { // it has ended, or somebody else keeps it
            lease = null;
            throw acquired.ended();
        }
        return readKept(input, acquired);
    }

    /** The lease if it is here, and kept. One that comes by a signal counts wip up, and is met in the next round. */
    private @Nullable Lease acquire() {
        Mono<Lease> mono = Objects.requireNonNull(plan.buffers().apply(nextBytes), "the function returned null");
        if (mono instanceof MonoAcquire asked) {
            Lease kept = asked.takeKeptAtOnce(grants);
            if (kept != null) {
                return kept;
            }
        }
        acquiring = true;
        LeaseReceiver receiver = new LeaseReceiver(this);
        this.receiver = receiver;
        mono.subscribe(receiver);
        if (cancelled) { // whoever cancelled may have looked before
            drop(receiver.cancel(/* before= */ null));
        }
        return null;
    }

    /** Whether it was read. A read that goes on counts wip up at its end, and is met after this. */
    private boolean readKept(ChunkInput input, Lease kept) throws IOException {
        boolean goesOn = false;
        try {
            int bytes = read(input, kept.buffer());
            goesOn = bytes == LATER;
            reading = goesOn;
            if (!goesOn) {
                hasRead(bytes);
            }
        } finally {
            if (!goesOn) {
                letOut(kept);
            }
        }
        return !goesOn;
    }

    private int read(ChunkInput input, ByteBuf buffer) throws IOException {
        int room = Math.min(nextBytes, buffer.maxWritableBytes());
        if (room == 0) {
            throw new IllegalStateException("the buffer for a chunk has no room: " + buffer);
        }
        buffer.ensureWritable(room);
        return input.read(buffer, room, this);
    }

    private void emit() {
        Lease next = Objects.requireNonNull(lease, "lease");
        lease = null;
        filled = false;
        Operators.produced(REQUESTED, this, 1);
        try {
            actual.onNext(next); // the subscriber's from here
        } catch (
                OutOfMemoryError atItsLimit) { // Reactor's operators let it through, and would wait for an end for ever
            if (cancelled) {
                throw atItsLimit;
            }
            end(atItsLimit);
        }
    }

    /** @param failure none if all is read */
    private void end(@Nullable Throwable failure) {
        grants.countAll(); // before anybody hears that it is over
        over = true;
        Throwable told = close(failure);
        if (told == null) {
            actual.onComplete();
        } else {
            actual.onError(Failures.told(told, currentContext()));
        }
    }

    private void closeAll() {
        drop(close(/* before= */ null));
    }

    private void drop(@Nullable Throwable failure) {
        Failures.drop(failure, currentContext());
    }

    /** Closes what there is, once; what that throws, with what failed before. */
    private @Nullable Throwable close(@Nullable Throwable before) {
        Lease lease = this.lease;
        this.lease = null;
        filled = false;
        Throwable failure = cancelReceiver(Failures.close(lease, before));
        this.receiver = null;
        ChunkInput input = this.input;
        this.input = null;
        return Failures.close(input, failure);
    }

    Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public String stepName() {
        return "read";
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
            return over && !cancelled;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.RUN_ON) {
            return plan.scheduler();
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
    }
}
