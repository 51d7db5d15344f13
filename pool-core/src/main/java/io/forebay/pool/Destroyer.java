package io.forebay.pool;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Gives each item that leaves the pool for good to the destructor, exactly once, on the executor for it. */
final class Destroyer<T> {
    /*
     * add() may be called inside a claim or on an event loop: it only queues. flush(), called outside, has the queue
     * worked off on the executor. scheduled is true from a successful execute until the task starts to drain; it is
     * cleared before the queue is looked at, so an item added later finds it false and schedules anew.
     */
    private final Consumer<? super T> destructor;
    private final FailureListener<? super T> failureListener;
    private final Executor executor;
    private final Runnable afterwards;
    private final ConcurrentLinkedQueue<Object> queue = new ConcurrentLinkedQueue<>(); // a T, or a Batch of them
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong added = new AtomicLong();
    private final AtomicLong destroyed = new AtomicLong();

    private static final class Batch {
        final Object[] items;

        Batch(Object[] items) {
            this.items = items;
        }
    }

    Destroyer(
            Consumer<? super T> destructor,
            FailureListener<? super T> failureListener,
            Executor executor,
            Runnable afterwards) {
        this.destructor = destructor;
        this.failureListener = failureListener;
        this.executor = executor;
        this.afterwards = afterwards;
    }

    void add(T item) {
        added.incrementAndGet();
        try {
            queue.add(item);
        } catch (OutOfMemoryError noNode) {
            destroy(item);
        }
    }

    void add(Object[] items, int from, int to) {
        if (from == to) {
            return;
        }
        added.addAndGet(to - from);
        try {
            queue.add(new Batch(Arrays.copyOfRange(items, from, to)));
        } catch (OutOfMemoryError noNode) {
            for (int i = from; i < to; i++) {
                destroyUnchecked(items[i]);
            }
        }
    }

    /** Has everything added so far destroyed. Called outside any claim. */
    void flush() {
        if (queue.isEmpty() || !scheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException shutDown) {
            drain(); // nothing may be lost: the caller does it
        } catch (RuntimeException | Error e) {
            scheduled.set(false); // what is queued stays queued for the next flush
            throw e;
        }
    }

    private void drain() {
        scheduled.set(false);
        drainNow();
    }

    /** Destroys what was added so far on the calling thread, or beside the executor that has begun with it. */
    void drainNow() {
        boolean some = false;
        while (true) {
            Object next = queue.poll();
            if (next == null) {
                break;
            }
            some = true;
            destroyNext(next);
        }
        if (some) {
            afterwards.run();
        }
    }

    private void destroyNext(Object next) {
        if (!(next instanceof Batch batch)) {
            destroyUnchecked(next);
            return;
        }
        for (Object item : batch.items) {
            destroyUnchecked(item);
        }
    }

    @SuppressWarnings("unchecked") // only add() fills the queue
    private void destroyUnchecked(Object item) {
        destroy((T) item);
    }

    private void destroy(T item) {
        try {
            destructor.accept(item);
        } catch (Throwable failure) { // goes to the listener: the other items must still be destroyed
            tell(item, failure);
        } finally {
            destroyed.incrementAndGet();
        }
    }

    private void tell(T item, Throwable failure) {
        try {
            failureListener.destructorFailed(item, failure);
        } catch (Throwable fromListener) {
            Thread thread = Thread.currentThread();
            Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
            handler.uncaughtException(thread, fromListener);
        }
    }

    /** How many items were added, destroyed by now or not. Read after {@link #destroyed}, it is never less. */
    long added() {
        return added.get();
    }

    long destroyed() {
        return destroyed.get();
    }
}
