package io.forebay.pool;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An event loop: a thread that runs tasks, can be blocked, and counts the tasks that others queued. */
final class Loop implements Executor, AutoCloseable {
    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final AtomicInteger executed = new AtomicInteger();
    private final Threads threads = new Threads();
    private final Thread thread;
    private volatile boolean rejecting;
    private boolean ended; // the loop's thread only

    Loop() {
        thread = threads.start(this::run);
    }

    private void run() throws InterruptedException {
        while (!ended) {
            queue.take().run();
        }
    }

    /** As the pool calls it: counted. */
    @Override
    public void execute(Runnable task) {
        if (rejecting) {
            throw new RejectedExecutionException("the loop is shutting down");
        }
        executed.incrementAndGet();
        queue.add(task);
    }

    /** Runs a task of the test on the loop, after all that is queued, and waits for its result. */
    <V extends @Nullable Object> V call(Callable<V> task) {
        FutureTask<V> future = new FutureTask<>(task);
        queue.add(future);
        try {
            return future.get(Threads.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError("on the loop: " + e, e);
        }
    }

    /** Runs a task of the test on the loop, after all that is queued, and waits for its end. */
    void run(Threads.Body task) {
        Object nothing = this.<@Nullable Object>call(() -> {
            task.run();
            return null;
        });
        assert nothing == null;
    }

    /** Queues a task of the test, and does not wait. */
    void queue(Runnable task) {
        queue.add(task);
    }

    /** Waits until all that is queued has run. */
    void settle() {
        run(() -> {});
    }

    /** How many tasks the pool has given to the loop. */
    int executed() {
        return executed.get();
    }

    /** How many tasks wait. */
    int waiting() {
        return queue.size();
    }

    /** From now on the loop takes no tasks of the pool. */
    void reject() {
        rejecting = true;
    }

    /** Until now. */
    void acceptAgain() {
        rejecting = false;
    }

    Thread thread() {
        return thread;
    }

    /** Ends the thread, after what is queued, and joins it. */
    @Override
    public void close() {
        queue.add(() -> ended = true);
        threads.close();
    }
}
