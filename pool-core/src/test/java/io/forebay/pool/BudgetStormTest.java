package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads on one tree: never above a limit, every request ended once, nothing charged in the end. */
@SuppressWarnings("ThreadPriorityCheck") // yields: with fewer cores than threads the others need ours to get on
class BudgetStormTest {
    private static final int WORKERS = 8;
    private static final int STEPS = 20_000;

    private final MemoryBudget server = MemoryBudget.create("server", 1_000);
    private final List<MemoryBudget> budgets = List.of(
            server,
            server.child("wide", Long.MAX_VALUE),
            server.child("half", 500),
            server.child("small", 100).child("smaller", 60));
    private final AtomicInteger atWork = new AtomicInteger();

    /** Counts what each request was told, and releases what it got when asked to. */
    private static final class Ends implements BudgetListener {
        final ConcurrentLinkedQueue<BudgetWaiter> held = new ConcurrentLinkedQueue<>();
        final AtomicLong granted = new AtomicLong();
        final AtomicLong failed = new AtomicLong();

        @Override
        public void granted(BudgetWaiter waiter) {
            granted.incrementAndGet();
            held.add(waiter);
        }

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {
            failed.incrementAndGet();
        }

        boolean releaseOne() {
            BudgetWaiter waiter = held.poll();
            if (waiter != null) {
                waiter.budget().release(waiter.bytes());
            }
            return waiter != null;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void usedIsNeverAboveALimitAndZeroInTheEnd(long seed) {
        List<MemoryBudget> watched = new ArrayList<>(budgets);
        for (MemoryBudget above = budgets.get(3).parent(); above != null; above = above.parent()) {
            watched.add(above);
        }
        atWork.set(WORKERS);
        CountDownLatch watching = new CountDownLatch(1); // or all might have been done before the first look
        try (Threads threads = new Threads()) {
            threads.start(() -> watch(watched, watching));
            for (int worker = 0; worker < WORKERS; worker++) {
                Random random = new Random(seed * 100 + worker);
                threads.start(() -> {
                    Threads.await(watching);
                    work(random, /* limits= */ false);
                });
            }
        }
        checkQuiet(watched);
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void limitsThatChangeUnderLoadLoseNothingAndForgetNobody(long seed) {
        atWork.set(WORKERS);
        try (Threads threads = new Threads()) {
            for (int worker = 0; worker < WORKERS; worker++) {
                Random random = new Random(seed * 100 + worker);
                threads.start(() -> work(random, /* limits= */ true));
            }
        }
        checkQuiet(budgets);
    }

    private void watch(List<MemoryBudget> watched, CountDownLatch watching) {
        while (atWork.get() > 0) {
            for (MemoryBudget budget : watched) {
                assertThat(budget.used()).as(budget.name()).isBetween(0L, budget.limit());
            }
            watching.countDown();
            Thread.yield();
        }
    }

    private void work(Random random, boolean limits) {
        Ends ends = new Ends();
        List<MemoryBudget> charged = new ArrayList<>(); // 10 bytes each
        List<BudgetWaiter> asked = new ArrayList<>();
        long withdrawn = 0;
        for (int step = 0; step < STEPS; step++) {
            MemoryBudget budget = budgets.get(random.nextInt(budgets.size()));
            switch (random.nextInt(limits ? 9 : 8)) {
                case 0, 1 -> {
                    if (budget.tryReserve(10)) {
                        charged.add(budget);
                    }
                }
                case 2 -> ask(budget, 1 + random.nextInt(60), ends, asked);
                case 3, 4, 5 -> {
                    if (!ends.releaseOne() && !charged.isEmpty()) {
                        charged.remove(charged.size() - 1).release(10);
                    }
                }
                case 6 -> {
                    if (!charged.isEmpty()) {
                        charged.remove(0).release(10);
                    }
                }
                case 7 -> withdrawn += withdrawOne(random, asked);
                default -> server.setLimit(500 + random.nextInt(500));
            }
        }
        charged.forEach(budget -> budget.release(10));
        if (limits) {
            server.setLimit(1_000);
        }
        atWork.decrementAndGet();
        while (ends.granted.get() + ends.failed.get() + withdrawn < asked.size() || !ends.held.isEmpty()) {
            if (!ends.releaseOne()) {
                Thread.yield(); // the join of the test bounds this: a forgotten waiter fails it
            }
        }
    }

    private static void ask(MemoryBudget budget, long bytes, Ends ends, List<BudgetWaiter> asked) {
        asked.add(budget.reserveAsync(bytes, Runnable::run, ends));
    }

    private static int withdrawOne(Random random, List<BudgetWaiter> asked) {
        if (asked.isEmpty()) {
            return 0;
        }
        int recent = Math.max(0, asked.size() - 1 - random.nextInt(4));
        return asked.get(recent).cancel() ? 1 : 0;
    }

    private static void checkQuiet(List<MemoryBudget> budgets) {
        for (MemoryBudget budget : budgets) {
            BudgetStats stats = budget.stats();
            assertThat(stats.usedBytes()).as(budget.name()).isZero();
            assertThat(stats.waiting()).as(budget.name()).isZero();
            assertThat(stats.waitingBytes()).as(budget.name()).isZero();
            assertThat(stats.requests())
                    .as(budget.name())
                    .isEqualTo(stats.grants() + stats.failures() + stats.cancels() + stats.timeouts());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void tenThousandWaitersEndOnceEachWhileManyAreCancelled(long seed) {
        int waiters = 10_000;
        AtomicIntegerArray ended = new AtomicIntegerArray(waiters);
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1); // or all might be granted before any is cancelled
        List<BudgetWaiter> asked = new ArrayList<>();
        Random random = new Random(seed);
        assertThat(server.tryReserve(1_000)).isTrue();
        for (int i = 0; i < waiters; i++) {
            int id = i;
            MemoryBudget budget = budgets.get(random.nextInt(budgets.size()));
            asked.add(budget.reserveAsync(1 + random.nextInt(60), Runnable::run, once(ended, id)));
        }
        assertThat(server.waiting()).isEqualTo(waiters);
        try (Threads threads = new Threads()) {
            for (int worker = 0; worker < WORKERS; worker++) {
                Random own = new Random(seed * 31 + worker);
                threads.start(() -> {
                    Threads.await(queued);
                    for (int i = 0; i < 600; i++) {
                        int id = own.nextInt(waiters);
                        if (i % 2 == 0 ? asked.get(id).cancel() : asked.get(id).timeOut()) {
                            ended.incrementAndGet(id);
                        }
                        cancelled.countDown();
                    }
                });
            }
            queued.countDown();
            threads.start(() -> {
                Threads.await(cancelled);
                server.release(1_000);
            });
        }
        for (int id = 0; id < waiters; id++) {
            assertThat(ended.get(id)).as("ends of request %s", id).isOne();
        }
        checkQuiet(budgets);
        assertThat(server.stats().cancels()).isPositive();
        assertThat(server.stats().grants()).isPositive();
    }

    private static BudgetListener once(AtomicIntegerArray ended, int id) {
        return new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                ended.incrementAndGet(id);
                waiter.budget().release(waiter.bytes());
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError(failure);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void manyWhoGatherPieceByPieceAllFinish(int executors) {
        AtomicInteger finished = new AtomicInteger();
        int rounds = 300;
        try (Threads threads = new Threads()) {
            for (int worker = 0; worker < WORKERS; worker++) {
                MemoryBudget budget = budgets.get(worker % executors);
                BudgetAccount account = budget.account("worker " + worker);
                threads.start(() -> {
                    for (int round = 0; round < rounds; round++) {
                        gather(account);
                        finished.incrementAndGet();
                    }
                });
            }
        }
        assertThat(finished).hasValue(WORKERS * rounds);
        checkQuiet(budgets);
    }

    /** Four pieces of 90 bytes, held until all are there: eight that do so want 2,880 of 1,000. */
    private static void gather(BudgetAccount account) {
        int pieces = 0;
        while (pieces < 4) {
            if (waitFor(account, 90)) {
                pieces++;
            } else {
                if (pieces > 0) {
                    account.release(pieces * 90L);
                }
                pieces = 0;
                Thread.yield();
            }
        }
        account.release(360);
        assertThat(account.held()).isZero();
    }

    private static boolean waitFor(BudgetAccount account, long bytes) {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger granted = new AtomicInteger();
        Executor direct = Runnable::run;
        BudgetWaiter waiter = account.reserveAsync(bytes, direct, new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                granted.set(1);
                end.countDown();
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                assertThat(failure).isInstanceOf(BudgetDeadlockException.class);
                end.countDown();
            }
        });
        assertThat(waiter.bytes()).isEqualTo(bytes);
        Threads.await(end);
        return granted.get() == 1;
    }
}
