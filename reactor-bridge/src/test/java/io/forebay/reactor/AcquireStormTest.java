package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Ten thousand who wait at once, in a tree of budgets, while eight threads close leases, cancel, ask for more, let time pass
 * and move the limits: each ends in one way, once, and in the end nothing is charged and nobody waits.
 */
@SuppressWarnings("ThreadPriorityCheck") // yields: with fewer cores than threads the others need ours to get on
class AcquireStormTest {
    private static final int WAITERS = 10_000;
    private static final int THREADS = 8;
    private static final int STEPS = 2_000;
    private static final int LIMIT = 1_000;
    private static final int MOST_BYTES = 50; // below every limit there ever is

    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("common", LIMIT);
    private final List<MemoryBudget> budgets =
            List.of(budget, budget.child("half", LIMIT / 2), budget.child("wide", Long.MAX_VALUE));
    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final ConcurrentLinkedQueue<Lease> held = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Asker> asked = new ConcurrentLinkedQueue<>();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        for (MemoryBudget each : budgets) {
            assertThat(each.used()).as(each.name()).isZero();
            assertThat(each.waiting()).as(each.name()).isZero();
        }
    }

    /** Counts how it ends; what it gets is held for any thread to close. */
    private final class Asker extends BaseSubscriber<Lease> {
        private final AtomicInteger leases = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();
        private final AtomicInteger cancels = new AtomicInteger();

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(1);
        }

        @Override
        protected void hookOnNext(Lease lease) {
            leases.incrementAndGet();
            held.add(lease);
        }

        @Override
        protected void hookOnComplete() {
            ends.incrementAndGet();
        }

        @Override
        protected void hookOnError(Throwable failure) {
            assertThat(failure).isInstanceOf(AcquireTimeoutException.class);
            ends.incrementAndGet();
        }

        void leave() {
            cancels.incrementAndGet();
            cancel();
        }

        boolean hasEnded() {
            return ends.get() + cancels.get() > 0;
        }

        void check() {
            assertThat(leases.get()).isLessThanOrEqualTo(1);
            assertThat(ends.get()).isLessThanOrEqualTo(1);
            if (cancels.get() == 0) {
                assertThat(ends.get()).isEqualTo(1);
            }
        }
    }

    private void ask(Random random, List<ReactiveBufferPool> pools) {
        Asker asker = new Asker();
        asked.add(asker);
        ReactiveBufferPool pool = pools.get(random.nextInt(pools.size()));
        int bytes = 1 + random.nextInt(MOST_BYTES);
        if (random.nextBoolean()) {
            pool.acquire(bytes).subscribe(asker);
        } else {
            pool.acquire(bytes, Duration.ofMillis(1 + random.nextInt(1_000_000)), clock)
                    .subscribe(asker);
        }
    }

    private boolean closeOne() {
        Lease lease = held.poll();
        if (lease != null) {
            lease.close();
        }
        return lease != null;
    }

    private void work(Random random, List<ReactiveBufferPool> pools, List<Asker> first) {
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(10)) {
                case 0 -> ask(random, pools);
                case 1 -> first.get(random.nextInt(first.size())).leave();
                case 2 -> budget.setLimit(LIMIT / 2 + random.nextInt(LIMIT / 2));
                case 3 -> budgets.get(1).setLimit(MOST_BYTES + random.nextInt(LIMIT / 2));
                default -> closeOne();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachEndsOnceAndNothingStaysCharged(boolean elsewhere) throws ExecutionException, InterruptedException {
        List<ReactiveBufferPool> pools = budgets.stream()
                .map(each -> ReactiveBufferPool.create(buffers, each))
                .map(pool -> elsewhere ? pool.deliverOn(Schedulers.parallel()) : pool)
                .toList();
        assertThat(budget.tryReserve(LIMIT)).isTrue();
        Random random = new Random(elsewhere ? 1 : 2);
        for (int i = 0; i < WAITERS; i++) {
            ask(random, pools);
        }
        assertThat(budget.waiting()).isEqualTo(WAITERS);
        List<Asker> first = List.copyOf(asked);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> working = new ArrayList<>();
            for (int thread = 0; thread < THREADS - 2; thread++) {
                Random own = new Random(thread);
                working.add(threads.submit(() -> work(own, pools, first)));
            }
            working.add(threads.submit(this::passTime));
            working.add(threads.submit(() -> budget.release(LIMIT)));
            for (Future<?> each : working) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        budget.setLimit(LIMIT);
        while (!asked.stream().allMatch(Asker::hasEnded)) {
            if (!closeOne()) {
                Thread.yield(); // the test's time bounds this: a waiter that was forgotten fails it
            }
        }
        closeAll();
        assertThat(asked).allSatisfy(Asker::check);
        assertThat(budget.stats().timeouts()).isPositive();
        assertThat(budget.stats().cancels()).isPositive();
        assertThat(budget.stats().grants()).isPositive();
    }

    private void passTime() {
        for (int i = 0; i < 300; i++) {
            clock.advanceTimeBy(Duration.ofSeconds(1));
        }
    }

    /** What was granted to who left may still be on its way to another thread, where it is given back. */
    private void closeAll() {
        while (budget.used() > 0 || closeOne()) {
            if (!closeOne()) {
                Thread.yield();
            }
        }
    }
}
