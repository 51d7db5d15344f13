package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten thousand requests that wait at once and eight threads: who is served, and in which order, is what the rules say. */
@SuppressWarnings("ThreadPriorityCheck") // yields: with fewer cores than threads the others need ours to get on
class BudgetCrowdTest {
    private static final int THREADS = 8;
    private static final int WAITERS = 10_000;

    private static BudgetListener listener(Runnable granted, Runnable failed) {
        return new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                granted.run();
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                failed.run();
            }
        };
    }

    /** A tenant of a common budget, and its model: one thread's, which compares the two after every step. */
    private static final class Tenant {
        private static final int STEPS = 1_500;
        private static final int MOST_BYTES = 20;
        private static final long[] LIMITS = {100, 60, 30, Long.MAX_VALUE};
        private static final int[] PARENTS = {-1, 0, 1, 0};

        private record Charge(int budget, long bytes) {}

        private final Random random;
        private final BudgetModel model = new BudgetModel();
        private final List<MemoryBudget> budgets = new ArrayList<>();
        private final List<BudgetWaiter> waiters = new ArrayList<>(); // by number
        private final List<MemoryBudget> asked = new ArrayList<>();
        private final List<Charge> charges = new ArrayList<>();
        private final AtomicInteger told = new AtomicInteger();
        private int withdrawn;
        private int grantsSeen;

        Tenant(MemoryBudget common, long seed) {
            random = new Random(seed);
            for (int i = 0; i < LIMITS.length; i++) {
                boolean isTop = PARENTS[i] < 0;
                MemoryBudget above = isTop ? common : budgets.get(PARENTS[i]);
                budgets.add(above.child("b" + i, LIMITS[i]));
                BudgetModel.Node node = model.add(isTop ? null : model.nodes.get(PARENTS[i]), LIMITS[i]);
                assertThat(node.used).isZero();
            }
        }

        /** So many wait afterwards. */
        void crowd(int count) {
            charge(0, LIMITS[0]);
            while (model.waits.size() < count) {
                ask();
            }
            compare("crowded");
        }

        void work() {
            for (int step = 0; step < STEPS; step++) {
                step();
                compare("step " + step);
            }
        }

        private void step() {
            switch (random.nextInt(10)) {
                case 0 -> ask();
                case 1 -> charge(random.nextInt(LIMITS.length), bytes());
                case 2 -> cancel();
                case 3 -> setLimit();
                case 4, 5, 6 -> shrink();
                default -> grow();
            }
        }

        private long bytes() {
            return 1L + random.nextInt(MOST_BYTES);
        }

        private void charge(int at, long bytes) {
            boolean reserved = budgets.get(at).tryReserve(bytes);
            assertThat(reserved).isEqualTo(model.tryReserve(model.nodes.get(at), bytes));
            if (reserved) {
                charges.add(new Charge(at, bytes));
            }
        }

        private void ask() {
            int at = random.nextInt(LIMITS.length);
            long bytes = bytes();
            int id = waiters.size();
            boolean accepted;
            try {
                waiters.add(budgets.get(at)
                        .reserveAsync(bytes, Runnable::run, listener(told::incrementAndGet, told::incrementAndGet)));
                asked.add(budgets.get(at));
                accepted = true;
            } catch (BudgetExceededException e) {
                accepted = false;
            }
            assertThat(accepted).isEqualTo(model.ask(id, model.nodes.get(at), bytes));
        }

        private void cancel() {
            if (!model.waits.isEmpty()) {
                int id = model.waits.get(random.nextInt(model.waits.size())).id();
                assertThat(waiters.get(id).cancel()).isTrue();
                assertThat(model.cancel(id)).isTrue();
                withdrawn++;
            }
        }

        private void setLimit() {
            int at = random.nextInt(LIMITS.length - 1);
            long limit = random.nextBoolean() ? LIMITS[at] : MOST_BYTES / 2 + random.nextInt(2 * (int) LIMITS[at]);
            budgets.get(at).setLimit(limit);
            model.setLimit(model.nodes.get(at), limit);
        }

        /** What is charged becomes less: a part of it, or all. */
        private void shrink() {
            if (charges.isEmpty()) {
                return;
            }
            Charge charge = charges.remove(random.nextInt(charges.size()));
            long bytes = 1L + random.nextInt((int) charge.bytes());
            release(charge.budget(), bytes);
            if (bytes < charge.bytes()) {
                charges.add(new Charge(charge.budget(), charge.bytes() - bytes));
            }
        }

        private void release(int at, long bytes) {
            budgets.get(at).release(bytes);
            model.release(model.nodes.get(at), bytes);
        }

        /** What is charged becomes more, if nobody waits for the bytes. */
        private void grow() {
            if (!charges.isEmpty()) {
                charge(charges.get(random.nextInt(charges.size())).budget(), bytes());
            }
        }

        /** What was granted is decided when the step returns; it may be told later, by another thread. */
        private void compare(String when) {
            for (; grantsSeen < model.granted.size(); grantsSeen++) {
                int id = model.granted.get(grantsSeen);
                charges.add(new Charge(
                        budgets.indexOf(asked.get(id)), waiters.get(id).bytes()));
            }
            for (BudgetModel.Wait wait : model.waits) {
                assertThat(waiters.get(wait.id()).isWaiting()).as(when).isTrue();
            }
            assertThat(budgets.get(0).waiting()).as(when).isEqualTo(model.waits.size());
            for (int i = 0; i < budgets.size(); i++) {
                assertThat(budgets.get(i).used()).as("%s, budget %s", when, i).isEqualTo(model.nodes.get(i).used);
            }
        }

        void drain() {
            for (int i = 0; i < LIMITS.length; i++) {
                budgets.get(i).setLimit(LIMITS[i]);
                model.setLimit(model.nodes.get(i), LIMITS[i]);
            }
            compare("restored");
            while (!charges.isEmpty()) {
                Charge charge = charges.remove(random.nextInt(charges.size()));
                release(charge.budget(), charge.bytes());
                compare("draining");
            }
            assertThat(model.waits).isEmpty();
        }

        /** When all threads have ended, and so all have been told. */
        void check() {
            assertThat(told.get() + withdrawn).isEqualTo(waiters.size());
            assertThat(model.granted).isNotEmpty();
            assertThat(model.failed).isNotEmpty();
            assertThat(budgets).allMatch(budget -> budget.used() == 0 && budget.waiting() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void eachOfEightThreadsEndsEveryStepWhereTheModelDoes(long seed) {
        MemoryBudget common = MemoryBudget.create("common", Long.MAX_VALUE);
        List<Tenant> tenants = new ArrayList<>();
        CyclicBarrier crowded =
                new CyclicBarrier(THREADS, () -> assertThat(common.waiting()).isEqualTo(WAITERS));
        try (Threads threads = new Threads()) {
            for (int i = 0; i < THREADS; i++) {
                Tenant tenant = new Tenant(common, seed * 100 + i);
                tenants.add(tenant);
                threads.start(() -> {
                    tenant.crowd(WAITERS / THREADS);
                    Threads.await(crowded);
                    tenant.work();
                    tenant.drain();
                });
            }
        }
        tenants.forEach(Tenant::check);
        assertThat(common.used()).isZero();
        assertThat(common.waiting()).isZero();
    }

    private static final int LIMIT = 1_000;
    private static final int MOST_BYTES = 60; // below every limit there ever is
    private static final int LEAVERS = 7; // one in so many may leave

    private final MemoryBudget line = MemoryBudget.create("line", LIMIT);
    private final List<BudgetWaiter> inOrder = new ArrayList<>();
    private final AtomicIntegerArray ends = new AtomicIntegerArray(WAITERS);
    private final ConcurrentLinkedQueue<Long> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger atWork = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void nobodyIsServedBeforeWhoCameFirst(long seed) {
        Random random = new Random(seed);
        assertThat(line.tryReserve(LIMIT)).isTrue();
        for (int i = 0; i < WAITERS; i++) {
            int id = i;
            long bytes = 1L + random.nextInt(MOST_BYTES);
            inOrder.add(line.reserveAsync(
                    bytes,
                    Runnable::run,
                    listener(
                            () -> {
                                ends.incrementAndGet(id);
                                held.add(bytes);
                            },
                            () -> {
                                throw new AssertionError("no limit is below what was asked");
                            })));
        }
        assertThat(line.waiting()).isEqualTo(WAITERS);
        int workers = THREADS - 2;
        atWork.set(workers);
        try (Threads threads = new Threads()) {
            threads.start(() -> watch(new Random(seed)));
            threads.start(() -> line.release(LIMIT));
            for (int i = 0; i < workers; i++) {
                Random own = new Random(seed * 100 + i);
                threads.start(() -> serve(own));
            }
        }
        for (int id = 0; id < WAITERS; id++) {
            assertThat(ends.get(id)).as("ends of request %s", id).isOne();
        }
        assertThat(line.used()).isZero();
        assertThat(line.waiting()).isZero();
        assertThat(line.stats().cancels()).isPositive();
    }

    private static boolean mayLeave(int id) {
        return id % LEAVERS == 0;
    }

    private void serve(Random random) {
        while (line.waiting() > 0 || line.used() > 0) {
            switch (random.nextInt(12)) {
                case 0 -> line.setLimit(MOST_BYTES + random.nextInt(LIMIT - MOST_BYTES)); // grows or shrinks
                case 1 -> leave(LEAVERS * random.nextInt(WAITERS / LEAVERS));
                default -> giveBack(random);
            }
        }
        atWork.decrementAndGet();
    }

    private void leave(int id) {
        if (inOrder.get(id).cancel()) {
            ends.incrementAndGet(id);
        }
    }

    /** In two parts, where there are two bytes. */
    private void giveBack(Random random) {
        Long bytes = held.poll();
        if (bytes == null) {
            Thread.yield();
            return;
        }
        long part = 1L + random.nextInt(bytes.intValue());
        line.release(part);
        if (part < bytes) {
            line.release(bytes - part);
        }
    }

    /** Whoever is served, all who came before have been, or have left. */
    private void watch(Random random) {
        int known = 0; // nobody below waits any more
        while (atWork.get() > 0) {
            assertThat(line.used()).isBetween(0L, (long) LIMIT);
            int served = Math.min(WAITERS - 1, known + random.nextInt(100));
            if (!mayLeave(served) && !inOrder.get(served).isWaiting()) {
                for (; known < served; known++) {
                    assertThat(inOrder.get(known).isWaiting())
                            .as("request %s, while %s is served", known, served)
                            .isFalse();
                }
            }
            Thread.yield();
        }
    }
}
