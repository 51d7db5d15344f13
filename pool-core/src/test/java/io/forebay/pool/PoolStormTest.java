package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.LedgeredItems.Item;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything at once, then quiet, then the ledger. Set {@code forebay.test.seed} to repeat a failure's choices. */
class PoolStormTest {
    private static final int THREADS = 4; // two to a processor here, so they are preempted inside operations
    private static final int STEPS = 4_000;

    private final long seed = Long.getLong("forebay.test.seed", System.nanoTime());
    private final LedgeredItems items = new LedgeredItems();
    private final ConcurrentLinkedQueue<Item> handedOver = new ConcurrentLinkedQueue<>(); // put by others than got them

    /** One thread's random operations; it ends holding nothing. */
    private final class Actor {
        private final Pool<Item> pool;
        private final Random random;
        private final List<Item> held = new ArrayList<>();

        Actor(Pool<Item> pool, long seed) {
            this.pool = pool;
            this.random = new Random(seed);
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                step();
            }
            held.forEach(item -> pool.put(item.given()));
            held.clear();
        }

        private void step() {
            int choice = random.nextInt(100);
            if (choice < 45) {
                held.add(pool.get().taken());
            } else if (choice < 50) {
                Item item = pool.poll();
                if (item != null) {
                    held.add(item.taken());
                }
            } else if (choice < 90) {
                giveBack(choice);
            } else if (choice < 92) {
                pool.add(items.make());
            } else if (choice < 93) {
                pool.cycle();
            } else if (choice < 94 && random.nextInt(4) == 0) {
                pool.trim();
            } else if (choice < 96) {
                boolean ignored = pool.destroyOne();
            }
        }

        private void giveBack(int choice) {
            if (held.isEmpty()) {
                Item item = handedOver.poll();
                if (item != null) {
                    pool.put(item);
                }
                return;
            }
            Item item = held.remove(random.nextInt(held.size())).given();
            if (choice < 55) {
                pool.discard(item);
            } else if (choice < 60) {
                handedOver.add(item);
            } else {
                pool.put(item);
            }
        }
    }

    private static PoolBuilder<Item> small(PoolBuilder<Item> builder, Random random) {
        return builder.maxPrivateItems(1 + random.nextInt(8))
                .maxStripes(1 << random.nextInt(3))
                .maxIdleItems(20 + random.nextInt(200));
    }

    /** Loops that attach and detach, threads without a slot, and threads that die with a slot and items in it. */
    private void storm(Pool<Item> pool, Random random) {
        List<Loop> loops = List.of(new Loop(), new Loop());
        try (Threads threads = new Threads()) {
            for (int i = 0; i < THREADS; i++) {
                long actorSeed = random.nextLong();
                threads.start(() -> new Actor(pool, actorSeed).run(STEPS));
            }
            for (Loop loop : loops) {
                for (int turn = 0; turn < 20; turn++) {
                    long actorSeed = random.nextLong();
                    boolean detach = random.nextInt(4) == 0;
                    loop.queue(() -> loopTurn(pool, loop, actorSeed, detach));
                }
            }
            for (int i = 0; i < THREADS; i++) {
                long actorSeed = random.nextLong();
                threads.start(() -> dieWithItems(pool, actorSeed));
            }
        }
        loops.forEach(Loop::settle);
        handedOver.forEach(pool::put);
        handedOver.clear();
        Awaitility.await()
                .atMost(Threads.LIMIT)
                .untilAsserted(
                        () -> { // a clock may still be at it
                            items.check(pool);
                            assertThat(pool.stats().handedOut()).isZero();
                        });
        loops.get(0).close(); // dead before the close, the other after it
        pool.close();
        loops.get(1).settle();
        loops.get(1).close();
        pool.cycle();
    }

    private void loopTurn(Pool<Item> pool, Loop loop, long actorSeed, boolean detach) {
        Slot<Item> slot = pool.attach(loop);
        new Actor(pool, actorSeed).run(STEPS / 20);
        for (int i = 0; i < 50; i++) {
            slot.put(slot.get().taken().given());
        }
        if (detach) {
            slot.detach();
        }
    }

    private void dieWithItems(Pool<Item> pool, long actorSeed) {
        for (int life = 0; life < 5; life++) {
            Threads.runAlone(() -> {
                Slot<Item> unused = pool.attach(task -> {});
                assertThat(unused.isOwner()).isTrue();
                new Actor(pool, actorSeed).run(STEPS / 10);
            });
        }
    }

    private void quietEnd(Pool<Item> pool) {
        items.check(pool);
        assertThat(pool.termination().toCompletableFuture()).as("%s", pool).isCompleted();
        assertThat(items.destroyed()).isEqualTo(items.made());
    }

    @BeforeEach
    void tellTheSeed(TestReporter reporter) {
        reporter.publishEntry("seed", Long.toString(seed));
    }

    @RepeatedTest(3)
    void whateverThreadsDoEveryItemIsDestroyedExactlyOnce() {
        Random random = new Random(seed);
        Pool<Item> pool = small(items.pool(), random).build();
        storm(pool, random);
        quietEnd(pool);
    }

    @RepeatedTest(2)
    void withAWeigherToo() {
        Random random = new Random(seed);
        Pool<Item> pool = small(items.pool(), random)
                .weigher(item -> 10)
                .maxIdleBytes(500)
                .build();
        storm(pool, random);
        quietEnd(pool);
    }

    @RepeatedTest(2)
    void inChaosModeToo() {
        Random random = new Random(seed);
        Pool<Item> pool = small(items.pool(), random).chaos(seed, item -> {}).build();
        storm(pool, random);
        quietEnd(pool);
    }

    @Test
    void withAClockThatTicksAllTheTimeToo() {
        Random random = new Random(seed);
        try (ReclaimClock clock = ReclaimClock.every(Duration.ofMillis(1))) {
            Pool<Item> pool = small(Pool.builder(items::make).destructor(items::destroy), random)
                    .clock(clock)
                    .build();
            storm(pool, random);
            assertThat(pool.termination().toCompletableFuture()).succeedsWithin(Threads.LIMIT);
            quietEnd(pool);
        }
    }

    @Test
    void closedInTheMiddleOfAStormItStillDestroysEverythingOnce() {
        for (int round = 0; round < 20; round++) {
            LedgeredItems items = new LedgeredItems();
            Random random = new Random(seed + round);
            Pool<Item> pool = small(items.pool(), random).build();
            AtomicInteger refused = new AtomicInteger();
            try (Threads threads = new Threads()) {
                for (int i = 0; i < THREADS; i++) {
                    boolean owner = i % 2 == 0;
                    threads.start(() -> getAndPutUntilClosed(pool, owner, refused));
                }
                while (pool.stats().puts() < 1_000) {
                    Thread.onSpinWait();
                }
                pool.close();
            }
            assertThat(refused).hasValue(THREADS);
            assertThat(pool.termination().toCompletableFuture()).as("%s", pool).isCompleted();
            items.check(pool);
            assertThat(items.destroyed()).isEqualTo(items.made());
        }
    }

    private static void getAndPutUntilClosed(Pool<Item> pool, boolean owner, AtomicInteger refused) {
        ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        Slot<Item> slot = null;
        List<Item> held = new ArrayList<>();
        try {
            if (owner) {
                slot = pool.attach(tasks::add);
            }
            while (true) {
                runAll(tasks);
                for (int i = 0; i < 7; i++) {
                    held.add(pool.get().taken());
                }
                held.forEach(item -> pool.put(item.given()));
                held.clear();
            }
        } catch (IllegalStateException closed) {
            refused.incrementAndGet();
        }
        held.forEach(item -> pool.put(item.given()));
        if (slot != null) {
            slot.detach(); // perhaps before the drain task, which finds nothing left to do
        }
        runAll(tasks);
    }

    private static void runAll(ConcurrentLinkedQueue<Runnable> tasks) {
        Runnable task = tasks.poll();
        while (task != null) {
            task.run();
            task = tasks.poll();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tenThousandVirtualThreadsShareWhatThereIs(boolean chaotic) {
        Assumptions.assumeTrue(VirtualThreads.supported(), "virtual threads came with Java 21");
        PoolBuilder<Item> builder = items.pool();
        Pool<Item> pool = (chaotic ? builder.chaos(seed, item -> {}) : builder).build();
        CountDownLatch start = new CountDownLatch(1);
        try (Threads threads = new Threads()) {
            for (int i = 0; i < 10_000; i++) {
                threads.startVirtual(() -> {
                    start.await();
                    for (int round = 0; round < 5; round++) {
                        Item item = pool.get().taken();
                        if (round == 2) {
                            Thread.onSpinWait();
                        }
                        pool.put(item.given());
                    }
                });
            }
            start.countDown();
        }
        assertThat(pool.stats().gets()).isEqualTo(50_000);
        items.closeAndCheck(pool);
    }

    @Test
    void chaosModeShowsAUseAfterThePut() {
        int poison = 0xDEAD;
        Pool<int[]> pool = Pool.builder(() -> new int[1])
                .chaos(seed, item -> item[0] = poison)
                .cyclesByHand()
                .build();
        int[] kept = pool.get();
        pool.put(kept);
        try (Threads threads = new Threads()) {
            for (int i = 0; i < THREADS; i++) {
                threads.start(() -> {
                    for (int round = 0; round < 1_000; round++) {
                        int[] item = pool.get();
                        item[0] = round;
                        pool.put(item);
                    }
                });
            }
        }
        assertThat(kept[0]).as("poisoned by its put, whoever had it since").isEqualTo(poison);
        LedgeredItems.checkLedger(pool.stats());
        pool.close();
        assertThat(pool.termination().toCompletableFuture()).isCompleted();
    }
}
