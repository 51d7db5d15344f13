package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that begin together, are all waited for, and whose first failure fails the test. */
final class Crew {
    private static final long PATIENCE_SECONDS = 120;

    private final List<Work> members = new ArrayList<>();

    /** What a thread does. */
    interface Work {
        void run() throws Exception;
    }

    Crew with(int count, Work work) {
        for (int i = 0; i < count; i++) {
            members.add(work);
        }
        return this;
    }

    void run() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(members.size());
        CountDownLatch start = new CountDownLatch(members.size());
        List<Future<?>> results = new ArrayList<>();
        for (Work work : members) {
            results.add(threads.submit(() -> {
                start.countDown();
                start.await();
                work.run();
                return null;
            }));
        }
        threads.shutdown();
        boolean done = threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        threads.shutdownNow(); // ends those that heed interrupts
        for (Future<?> result : results) {
            if (result.isDone()) {
                rethrow(result);
            }
        }
        assertThat(done).as("all threads ended in time").isTrue();
    }

    private static void rethrow(Future<?> result) throws InterruptedException {
        try {
            result.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a thread of the test failed", e.getCause());
        }
    }
}
