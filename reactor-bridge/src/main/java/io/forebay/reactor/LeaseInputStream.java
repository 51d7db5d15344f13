package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/** The bytes of leases for a thread that may wait for them. */
final class LeaseInputStream extends InputStream implements CoreSubscriber<Lease>, Scannable {
    /*
     * All fields are under the lock, also while bytes are copied, so that a close on another thread does not take the memory
     * away from under the copy. The source is asked and cancelled outside it, and leases are closed outside it: a release
     * may let in who waits for the bytes, and run what that one does.
     *
     * At most one element is requested and not here yet: awaiting says so, and who sets it requests.
     */
    private final long prefetchBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Lease> waiting = new ArrayDeque<>(); // none of them empty
    private long waitingBytes;
    private @Nullable Subscription s;
    private boolean awaiting;
    private boolean done;
    private boolean closed;
    private @Nullable Throwable error;

    LeaseInputStream(long prefetchBytes) {
        this.prefetchBytes = prefetchBytes;
    }

    @Override
    public void onSubscribe(Subscription s) {
        boolean asks;
        boolean cancels;
        lock.lock();
        try {
            if (!Operators.validate(this.s, s)) {
                return;
            }
            this.s = s;
            cancels = closed; // who closed has found nothing to cancel
            asks = wantsMore();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (cancels) {
            s.cancel();
        } else if (asks) {
            s.request(1);
        }
    }

    @Override
    public void onNext(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        int bytes;
        try {
            bytes = lease.buffer().readableBytes();
        } catch (IllegalStateException failure) { // somebody else closed it, or its scope has ended
            fail(failure);
            return;
        }
        boolean wanted;
        Subscription asked;
        lock.lock();
        try {
            awaiting = false;
            wanted = bytes > 0 && !done && !closed;
            if (wanted) {
                waiting.addLast(lease);
                waitingBytes += bytes;
            }
            asked = wantsMore() ? s : null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (!wanted) {
            lease.close();
        }
        ask(asked);
    }

    /** Under the lock: whether the caller is to request an element. */
    private boolean wantsMore() {
        boolean wants = !awaiting && !done && !closed && waitingBytes < prefetchBytes;
        awaiting |= wants;
        return wants;
    }

    private static void ask(@Nullable Subscription s) {
        if (s != null) {
            s.request(1);
        }
    }

    @Override
    public void onError(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        end(failure);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void fail(Throwable failure) {
        Subscription cancelled;
        lock.lock();
        try {
            cancelled = s;
        } finally {
            lock.unlock();
        }
        Throwable unused = cancelled == null ? null : Failures.cancel(cancelled, failure);
        end(failure);
    }

    private void end(@Nullable Throwable failure) {
        boolean dropped;
        lock.lock();
        try {
            dropped = done || closed;
            if (!dropped) {
                done = true;
                error = failure;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (dropped && failure != null) {
            Operators.onErrorDropped(failure, currentContext());
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        List<Lease> ended = new ArrayList<>();
        int read = -1;
        Subscription asked;
        lock.lock();
        try {
            if (awaitFirst() != null) {
                read = copy(bytes, offset, length, ended);
            }
            asked = wantsMore() ? s : null;
        } finally {
            lock.unlock();
        }
        Throwable failure = null;
        for (Lease each : ended) {
            failure = Failures.closeKept(each, failure);
        }
        ask(asked);
        Failures.throwIfAny(failure);
        return read;
    }

    /**
     * Under the lock: of the leases that are there, of which there must be one, as much as there is room for. The caller closes
     * those that have ended, outside it.
     */
    private int copy(byte[] bytes, int offset, int length, List<Lease> ended) throws IOException {
        int copied = 0;
        try {
            for (Lease first = waiting.peekFirst(); first != null && copied < length; first = waiting.peekFirst()) {
                copied += copyFirst(first, bytes, offset + copied, length - copied, ended);
            }
        } catch (IllegalStateException gone) { // somebody else closed it, or its scope has ended
            if (copied == 0) { // or else the next read will tell
                throw new IOException("a lease was closed before it was read", gone);
            }
        }
        return copied;
    }

    /**
     * Under the lock; who closes the lease meanwhile, as a scope that ends, does not take the memory away from under the copy. Those
     * that have ended are kept.
     */
    private int copyFirst(Lease first, byte[] bytes, int offset, int length, List<Lease> ended) {
        if (!first.keep()) { // it has ended, or somebody else keeps it
            throw first.ended();
        }
        boolean isEmptied = false;
        try {
            ByteBuf buffer = first.buffer();
            int part = Math.min(length, buffer.readableBytes());
            buffer.readBytes(bytes, offset, part);
            waitingBytes -= part;
            isEmptied = !buffer.isReadable();
            return part;
        } finally {
            if (isEmptied) {
                ended.add(waiting.removeFirst());
            } else if (first.letOutKept() && first.keep()) {
                ended.add(first); // it stays, too, and the next read will tell
            }
        }
    }

    /** Under the lock, which it lets go of to wait and to ask: what is there to read, null at the end. */
    private @Nullable Lease awaitFirst() throws IOException {
        while (true) {
            if (closed) {
                throw new IOException("the stream is closed");
            }
            Lease first = waiting.peekFirst();
            if (first != null || (done && error == null)) {
                return first;
            }
            if (error != null) {
                throw new IOException("the source failed: " + error.getMessage(), error);
            }
            Subscription s = this.s;
            if (s == null || awaiting) {
                awaitChange();
            } else {
                awaiting = true;
                askUnlocked(s);
            }
        }
    }

    @SuppressWarnings("LockNotBeforeTry") // the caller lets go of it
    private void askUnlocked(Subscription s) {
        lock.unlock();
        try {
            s.request(1);
        } finally {
            lock.lock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the caller has the loop
    private void awaitChange() throws IOException {
        if (Schedulers.isInNonBlockingThread()) {
            throw new IllegalStateException("a read would block "
                    + Thread.currentThread().getName() + ", which must not (read on Schedulers.boundedElastic()?)");
        }
        try {
            changed.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for bytes"); // the flag is set again
        }
    }

    @Override
    public int available() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the stream is closed");
            }
            return (int) Math.min(waitingBytes, Integer.MAX_VALUE);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Subscription cancelled;
        List<Lease> left;
        lock.lock();
        try {
            cancelled = closed ? null : s;
            closed = true;
            left = List.copyOf(waiting);
            waiting.clear();
            waitingBytes = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        Throwable failure = cancelled == null ? null : Failures.cancel(cancelled, /* before= */ null);
        Failures.throwIfAny(Failures.closeAll(left, failure));
    }

    @Override
    public String stepName() {
        return "toInputStream";
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        lock.lock();
        try {
            if (key == Attr.PARENT) {
                return s;
            }
            if (key == Attr.TERMINATED) {
                return done;
            }
            if (key == Attr.CANCELLED) {
                return closed;
            }
            if (key == Attr.ERROR) {
                return error;
            }
            return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
        } finally {
            lock.unlock();
        }
    }
}
