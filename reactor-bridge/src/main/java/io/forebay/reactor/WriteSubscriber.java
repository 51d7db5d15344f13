package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** One subscription's writing. */
final class WriteSubscriber implements CoreSubscriber<Lease>, Subscription, IoResult, Scannable {
    /*
     *   for each element that is requested:  get it;  write it;  close it;  tell how far it is, or add that to the total
     *
     * A total is one element, told at the end. A request for it is one for all leases.
     *
     *   onNext:                                      keep lease, into arrived;         work
     *   request, cancel, onComplete, onError:        set their field;                  work
     *   what was written is:                         set writtenBytes or failure;      work
     *   work:  count up wip; who counts from 0 makes the scheduler run the worker, which goes round until it has met all
     *          counts
     *
     * Most sources answer a request before it returns. What comes on the thread that is requesting right now comes to the worker,
     * which looks at it when the request has returned: without a queue, and without a count. A thread that finds itself in
     * requester is the worker, as none but itself puts it there.
     *
     * A source that offers synchronous fusion is not requested from but polled, by the worker, which cancels it, too, and once. It
     * never signals, so nothing arrives. Where leases would only be made for this one, it polls buffers, and there are none.
     *
     * A stream, and most files, have written when the call for it returns. Another write is under way from then on: the lease and the
     * output are lent to it, and the worker touches neither, whatever else has happened: a cancel in the middle leaves the closing to the round that the write's end causes. Leases that wait for the
     * worker are closed by who cancels: a scheduler may be slow, or have dropped the worker. From when it arrives, a lease is
     * kept: a scope that ends behind the last one, or in the middle of a write, closes none of them.
     */
    private static final int NOTHING = -1; // no write has ended since the last look

    private static final AtomicIntegerFieldUpdater<WriteSubscriber> WIP =
            AtomicIntegerFieldUpdater.newUpdater(WriteSubscriber.class, "wip");
    private static final AtomicIntegerFieldUpdater<WriteSubscriber> WRITTEN_BYTES =
            AtomicIntegerFieldUpdater.newUpdater(WriteSubscriber.class, "writtenBytes");
    private static final AtomicLongFieldUpdater<WriteSubscriber> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(WriteSubscriber.class, "requested");

    private final CoreSubscriber<? super Long> actual;
    private final FluxWrite.Plan plan;
    private final Queue<Lease> arrived = new ConcurrentLinkedQueue<>(); // upstream adds, worker and who cancels take

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    private @Nullable QueueSubscription<?> polled; // s, if it is; set before anybody else is here

    @SuppressWarnings("UnusedVariable") // the updater reads it
    private volatile int wip; // all add, who adds to 0 works

    private volatile long requested; // downstream adds, worker subtracts
    private volatile boolean done; // upstream writes once, after error, or the worker that polls; worker reads
    private volatile boolean cancelled; // downstream writes once, worker reads
    private volatile @Nullable Throwable misuse; // downstream writes, worker reads
    private volatile int writtenBytes = NOTHING; // who writes writes, worker resets, both lazily
    private volatile @Nullable Throwable failure; // who writes writes, or afterwards the worker; worker reads
    private @Nullable Throwable error; // upstream writes before done, worker reads after

    private @Nullable Thread requester; // worker writes itself and null, who comes with an element compares with itself

    // The worker's.
    private @Nullable Lease answer; // came within the request, before all in arrived
    private @Nullable ChunkOutput output;
    private @Nullable Object taken; // a lease, or a buffer that is in none: lent to the write
    private long toldBytes; // where the next element begins, as told
    private int writtenAtOnce = NOTHING; // by a call that has returned
    private boolean writing; // under way
    private boolean awaiting; // an element has been requested and is not here yet
    private boolean over; // the terminal signal is out, or downstream wants no more
    private boolean left; // the polled source has ended or been cancelled

    WriteSubscriber(CoreSubscriber<? super Long> actual, FluxWrite.Plan plan) {
        this.actual = actual;
        this.plan = plan;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            polled = SyncFusion.<Object>polledIfOffered(s);
            actual.onSubscribe(this);
            work(); // opens, also when nothing is requested yet
        }
    }

    @Override
    public void onNext(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        if (done) {
            lease.close();
            return;
        }
        if (!lease.keep()) {
            failFor(lease);
            return;
        }
        if (requester == Thread.currentThread() && answer == null) {
            answer = lease;
            return;
        }
        arrived.offer(lease); // the worker's from here, or that of who cancels
        if (cancelled) { // whoever cancelled may have looked before
            drop(closeArrived(/* before= */ null));
        }
        work();
    }

    /** It has ended, or somebody else keeps it: not this one's to write or close. */
    private void failFor(Lease lease) {
        IllegalStateException ended = lease.ended();
        Throwable unused = Failures.cancel(s, ended);
        onError(Failures.told(ended, lease, currentContext()));
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
        drop(closeArrived(polled == null ? Failures.cancel(s, /* before= */ null) : null));
        if (WIP.getAndIncrement(this) == 0) { // nobody polls meanwhile
            drop(polled == null ? null : cancelSource(/* before= */ null));
            scheduleWorker();
        }
    }

    @Override
    public void done(int bytes) {
        WRITTEN_BYTES.lazySet(this, bytes); // for the worker, which is told by a count
        work();
    }

    @Override
    public void failed(Throwable failure) {
        this.failure = failure;
        work();
    }

    private void work() {
        if (WIP.getAndIncrement(this) == 0) {
            scheduleWorker();
        }
    }

    private void scheduleWorker() {
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
                drop(cancelSource(/* before= */ null));
                abandon(met);
            }
        }
    }

    /** As the worker: the scheduler will not run it. A write cannot be under way: its end would be. */
    private void refused(Throwable refused) {
        boolean tells = !over && !cancelled;
        over = true;
        try {
            Throwable unused = cancelSource(refused);
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
            if (!writing) {
                closeAll();
            }
            left = WIP.addAndGet(this, -left);
        }
    }

    private void round() {
        boolean more = true;
        while (more) {
            more = step();
        }
    }

    /** Begins, tells or ends something; whether there may be more to do. */
    private boolean step() {
        int written = settle();
        if (writing) {
            return false;
        }
        if (over || cancelled) {
            over = true;
            drop(polled == null ? null : cancelSource(/* before= */ null));
            closeAll();
            return false;
        }
        boolean done = this.done; // before the look at what arrived: after it, nothing more does
        Throwable failure = misuse == null ? this.failure : misuse;
        Throwable error = done ? this.error : null;
        if (failure != null) {
            fail(failure);
            return false;
        }
        if (written != NOTHING) {
            toldBytes += written;
            if (plan.tellsPositions()) {
                Operators.produced(REQUESTED, this, 1);
                actual.onNext(toldBytes);
            }
            return true;
        }
        if (error != null) {
            end(error);
            return false;
        }
        boolean more;
        try {
            more = goOn(done);
        } catch (Throwable thrown) { // told to the subscriber
            writing = false;
            fail(thrown);
            return false;
        }
        if (!more && !writing && done && answer == null && arrived.isEmpty() && mayEnd()) {
            end(/* failure= */ null);
        }
        return more;
    }

    /** Takes note of what has ended, and closes the lease that was written; how many bytes that was, if any. */
    private int settle() {
        int written = writtenAtOnce;
        writtenAtOnce = NOTHING;
        if (writtenBytes != NOTHING) {
            written = writtenBytes;
            WRITTEN_BYTES.lazySet(this, NOTHING); // whoever writes next is told of that write after this
            writing = false;
            closeWritten(taken);
            taken = null;
        }
        if (failure != null) {
            writing = false;
        }
        return written;
    }

    private void closeWritten(@Nullable Object written) {
        Throwable closing = Failures.closeTaken(written, failure);
        if (closing != null) { // seldom: it is a volatile write
            failure = closing;
        }
    }

    private boolean goOn(boolean done) throws Exception {
        ChunkOutput output = this.output;
        if (output == null) {
            ChunkOutput opened = Objects.requireNonNull(plan.opener().call(), "the function returned null");
            this.output = opened;
            toldBytes = plan.tellsPositions() ? opened.startPosition() : 0;
            return true;
        }
        QueueSubscription<?> polled = this.polled;
        if (polled != null) {
            return !done && poll(output, polled);
        }
        Lease next = requested == 0 ? null : takeNext();
        if (next != null) {
            awaiting = false;
            return write(output, next);
        }
        if (requested != 0 && !done && !awaiting) {
            awaiting = true;
            requestOne();
            return answer != null;
        }
        return false;
    }

    /** A total is an element, and waits to be requested; the end after elements does not. */
    private boolean mayEnd() {
        return plan.tellsPositions() || requested != 0;
    }

    private @Nullable Lease takeNext() {
        Lease next = answer;
        answer = null;
        return next == null ? arrived.poll() : next;
    }

    /** Whether something was written at once, or the end came. If nothing is requested, only the end can. */
    private boolean poll(ChunkOutput output, QueueSubscription<?> source) throws Exception {
        do {
            if (requested == 0 && !source.isEmpty()) {
                return false;
            }
            Object next = source.poll();
            if (next == null) {
                left = true;
                done = true;
                return true;
            }
            if (next instanceof Lease lease && !lease.keep()) {
                throw lease.ended();
            }
            if (!write(output, next)) {
                return false;
            }
        } while (countsAtOnce());
        return true;
    }

    /** Takes note of what was written, if nobody is told of it and nothing else has happened that has to be looked at. */
    private boolean countsAtOnce() {
        boolean counts = !plan.tellsPositions() && !cancelled && failure == null && misuse == null;
        if (counts) {
            toldBytes += writtenAtOnce;
            writtenAtOnce = NOTHING;
        }
        return counts;
    }

    /** Whether it was written, or has failed. */
    private boolean write(ChunkOutput output, Object next) throws Exception {
        int written;
        try {
            written = output.write(next instanceof ByteBuf buffer ? buffer : ((Lease) next).buffer(), this);
        } catch (Throwable failure) { // goes up
            Throwable unused = Failures.closeTaken(next, failure);
            throw failure;
        }
        if (written == LATER) { // its end counts wip up, and is met after this
            taken = next;
            writing = true;
            return false;
        }
        writtenAtOnce = written;
        closeWritten(next);
        return true;
    }

    private void requestOne() {
        requester = Thread.currentThread();
        try {
            s.request(1);
        } finally {
            requester = null;
        }
    }

    private void fail(Throwable failure) {
        Throwable unused = cancelSource(failure);
        end(Failures.told(failure, currentContext()));
    }

    /** The worker's, or that of who might be; what that throws, with what failed before. */
    private @Nullable Throwable cancelSource(@Nullable Throwable before) {
        if (left) {
            return before;
        }
        left = polled != null;
        return Failures.cancel(s, before);
    }

    /** @param failure none if all is written */
    private void end(@Nullable Throwable failure) {
        over = true;
        Throwable told = close(failure);
        if (told == null) {
            if (!plan.tellsPositions()) {
                actual.onNext(toldBytes);
            }
            if (!cancelled) { // with the element
                actual.onComplete();
            }
        } else {
            actual.onError(failure == null ? Failures.told(told, currentContext()) : told);
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
        Object taken = this.taken;
        this.taken = null;
        Lease answer = this.answer;
        this.answer = null;
        Throwable failure = closeArrived(Failures.closeKept(answer, Failures.closeTaken(taken, before)));
        ChunkOutput output = this.output;
        this.output = null;
        return Failures.close(output, failure);
    }

    /** By any thread; what that throws, with what failed before. */
    private @Nullable Throwable closeArrived(@Nullable Throwable before) {
        Throwable failure = before;
        Lease next = arrived.poll();
        while (next != null) {
            failure = Failures.closeKept(next, failure);
            next = arrived.poll();
        }
        return failure;
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public String stepName() {
        return plan.name();
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
        if (key == Attr.RUN_ON) {
            return plan.scheduler();
        }
        if (key == Attr.PREFETCH) {
            return 1;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
    }
}
