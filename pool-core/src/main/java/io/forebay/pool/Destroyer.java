package io.forebay.pool;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives each item that leaves the pool for good to the destructor, exactly once, on the executor for it. */
final class Destroyer<T> {
    /*
     * add() may be called inside a claim or on an event loop: it only queues. flush(), called outside, has the queue
     * worked off on the executor. scheduled is true from a successful execute until the task starts to drain; it is
     * cleared before the queue is looked at, so an item added later finds it false and schedules anew.
     *
     * A batch stays in the queue until its last item was taken, so that whoever needs it destroyed now takes a share;
     * each item is its taker's, by an increment of the batch's counter.
     */
    private final Consumer<? super T> destructor;
    private final FailureListener<? super T> failureListener;
    private final Executor executor;
    private final Runnable afterwards;
    private final ConcurrentLinkedQueue<Batch> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong added = new AtomicLong();
    private final AtomicLong destroyed = new AtomicLong();

    private static final long MOST_PATIENCE_NANOS = 50_000_000; // a thread that lost its core is back by then

    private static final class Batch {
        private final Object[] items;
        private final AtomicInteger taken = new AtomicInteger();

        Batch(Object... items) {
            this.items = items;
        }

        /** The next item, now the caller's; null if there is none left. */
        @Nullable
        Object take() {
            int i = taken.getAndIncrement();
            return i < items.length ? items[i] : null;
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
            queue.add(new Batch(item));
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

    /** Destroys the item on the calling thread. Called outside any claim. */
    void destroyNow(T item) {
        added.incrementAndGet();
        destroy(item);
        afterwards.run();
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
            Batch batch = queue.peek();
            if (batch == null) {
                break;
            }
            some |= destroyAll(batch);
            queue.remove(batch);
        }
        if (some) {
            afterwards.run();
        }
    }

    private boolean destroyAll(Batch batch) {
        boolean some = false;
        while (true) {
            Object item = batch.take();
            if (item == null) {
                return some;
            }
            some = true;
            destroyUnchecked(item);
        }
    }

    /** As {@link #drainNow}, and waits, a short while at most, for what other threads are destroying at this moment. */
    @SuppressWarnings("ThreadPriorityCheck") // the yield: who destroys may need this very core
    void drainAndAwait() {
        drainNow();
        long before = added.get();
        long start = System.nanoTime();
        while (destroyed.get() < before && System.nanoTime() - start < MOST_PATIENCE_NANOS) {
            Thread.yield();
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
