package io.forebay.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The threads of one test: closing joins each, and rethrows the first failure of any. */
final class Threads implements AutoCloseable {
    /** The one timeout of all tests; a slow machine sets the factor higher. */
    static final Duration LIMIT = Duration.ofSeconds(30L * Integer.getInteger("forebay.test.timeFactor", 1));

    /** What a thread runs; it may throw. */
    @FunctionalInterface
    interface Body {
        void run() throws Exception;
    }

    private final List<FutureTask<?>> tasks = new ArrayList<>();
    private final List<Thread> started = new ArrayList<>();

    /** Starts a platform thread. */
    Thread start(Body body) {
        FutureTask<?> task = task(body);
        return begin(task, new Thread(task, "test-" + tasks.size()));
    }

    /** Starts a virtual thread; {@link VirtualThreads#supported} says whether there are any. */
    Thread startVirtual(Body body) {
        FutureTask<?> task = task(body);
        return begin(task, VirtualThreads.unstarted(task));
    }

    private static FutureTask<?> task(Body body) {
        return new FutureTask<>(() -> {
            body.run();
            return null;
        });
    }

    private Thread begin(FutureTask<?> task, Thread thread) {
        tasks.add(task);
        started.add(thread);
        thread.start();
        return thread;
    }

    /** Runs a body on a thread of its own and waits for its end. */
    static void runAlone(Body body) {
        try (Threads threads = new Threads()) {
            threads.start(body);
        }
    }

    /** Waits for a latch, inside a thread of the test or a callback of the pool. */
    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("nobody opened the latch");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits for the others at a barrier. */
    static void await(CyclicBarrier barrier) {
        try {
            barrier.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (BrokenBarrierException | TimeoutException e) {
            throw new AssertionError("the others did not come", e);
        }
    }

    /** Waits for all threads started so far. */
    void join() {
        for (FutureTask<?> task : tasks) {
            awaitEnd(task);
        }
        for (Thread thread : started) {
            joinOne(thread);
        }
        tasks.clear();
        started.clear();
    }

    private static void awaitEnd(FutureTask<?> task) {
        try {
            task.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a thread of the test failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a thread of the test did not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void joinOne(Thread thread) {
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        if (thread.isAlive()) {
            throw new AssertionError("did not end: " + thread);
        }
    }

    @Override
    public void close() {
        join();
    }
}
