package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a pool: nothing is stranded, and its termination completes with the last item. */
class PoolCloseTest {
    private static final int ROUNDS = 400; // of each race; enough that each was lost before its fix

    private final LedgeredItems items = new LedgeredItems();

    private static void assertTerminated(Pool<?> pool) {
        assertThat(pool.termination().toCompletableFuture()).as("%s", pool).isCompleted();
    }

    private static void assertNotTerminated(Pool<?> pool) {
        assertThat(pool.termination().toCompletableFuture()).as("%s", pool).isNotDone();
    }

    @Test
    void aPoolThatMadeNothingTerminatesOnClose() {
        Pool<Item> pool = items.pool().build();
        assertNotTerminated(pool);
        pool.close();
        assertTerminated(pool);
        assertThat(pool.isClosed()).isTrue();
        assertThat(pool.toString()).endsWith(", closed)");
    }

    @ParameterizedTest
    @EnumSource
    void closeDestroysWhatIsIdleAndLaterWhatIsPut(Way way) {
        Pool<Item> pool = items.pool().build();
        way.visit(pool, access -> {
            List<Item> held = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                held.add(access.get());
            }
            held.subList(100, 300).forEach(access::put);
            pool.close();
            assertThat(items.destroyed()).isEqualTo(200);
            for (Item item : held.subList(0, 99)) {
                access.put(item);
                assertThat(item.isDestroyed()).isTrue();
            }
            assertNotTerminated(pool);
            access.put(held.get(99));
            assertTerminated(pool);
        });
        pool.close();
        items.check(pool);
    }

    @ParameterizedTest
    @EnumSource
    void aClosedPoolHandsOutNothingAndSaysWhy(Way way) {
        Pool<Item> pool = items.pool().name("done").build();
        way.visit(pool, access -> {
            access.put(access.get());
            pool.close();
            assertThatThrownBy(access::get)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pool done is closed");
            assertThatThrownBy(pool::poll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pool done is closed");
        });
        assertThatThrownBy(() -> pool.attach(Runnable::run)).isInstanceOf(IllegalStateException.class);
        pool.cycle();
        pool.trim();
        items.check(pool);
    }

    @Test
    void aThreadThatFindsAllStripesBusyPutsIntoAClosedPool() {
        Pool<Item> pool = items.pool().maxStripes(1).build();
        Item item = pool.get();
        pool.close();
        Claims.during(pool, () -> pool.put(item));
        assertTerminated(pool);
        items.check(pool);
    }

    @ParameterizedTest
    @EnumSource
    void inChaosModeTooAPutAfterCloseDestroys(Way way) {
        Pool<Item> pool = items.pool().chaos(1, item -> {}).build();
        way.visit(pool, access -> {
            List<Item> held = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                held.add(access.get());
            }
            pool.close();
            held.forEach(access::put);
        });
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void inChaosModeTooAStrayPutAfterCloseDestroys() {
        Pool<Item> pool = items.pool().chaos(1, item -> {}).maxStripes(1).build();
        List<Item> held = List.of(pool.get(), pool.get(), pool.get());
        pool.close();
        Claims.during(pool, () -> held.forEach(pool::put));
        assertTerminated(pool);
        items.check(pool);
    }

    /** How the last item may come to its end. */
    enum End {
        PUT,
        DISCARD,
        WRITE_OFF;

        void apply(Pool<Item> pool, Item item) {
            switch (this) {
                case PUT -> pool.put(item);
                case DISCARD -> pool.discard(item);
                case WRITE_OFF -> pool.writeOff(1);
                default -> throw new IllegalStateException("no such end: " + this);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void terminationCompletesWithTheLastItemNotBefore(End end) {
        Pool<Item> pool = items.pool().build();
        Item first = pool.get();
        Item last = pool.get();
        pool.put(pool.get());
        pool.close();
        assertNotTerminated(pool);
        end.apply(pool, first);
        assertNotTerminated(pool);
        AtomicBoolean told = new AtomicBoolean();
        pool.termination().thenRun(() -> told.set(true)).toCompletableFuture().isDone();
        end.apply(pool, last);
        assertTerminated(pool);
        assertThat(told).isTrue();
        items.check(pool);
    }

    @Test
    void anItemThatIsBeingMadeWhileThePoolClosesIsHandedOutAndAwaited() {
        CountDownLatch making = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Pool<Item> pool = Pool.builder(() -> {
                    making.countDown();
                    Threads.await(closed);
                    return items.make();
                })
                .destructor(items::destroy)
                .cyclesByHand()
                .build();
        try (Threads threads = new Threads()) {
            threads.start(() -> {
                Item item = pool.get();
                assertNotTerminated(pool);
                pool.put(item);
            });
            Threads.await(making);
            pool.close();
            assertNotTerminated(pool);
            closed.countDown();
        }
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void aFactoryThatFailsAfterTheCloseCompletesTheTermination() {
        List<Pool<Item>> self = new ArrayList<>();
        Pool<Item> pool = Pool.<Item>builder(() -> {
                    self.get(0).close();
                    throw new IllegalArgumentException("no more");
                })
                .cyclesByHand()
                .build();
        self.add(pool);
        assertThatThrownBy(pool::get).hasMessage("no more");
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void anOwnerThatDetachesBeforeItsDrainTaskRunsStrandsNothing() {
        Pool<Item> pool = items.pool().build();
        try (Loop loop = new Loop()) {
            CountDownLatch closed = new CountDownLatch(1);
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            loop.run(() -> putNew(slot, 10));
            loop.queue(() -> {
                Threads.await(closed);
                slot.detach();
            });
            pool.close();
            assertNotTerminated(pool);
            closed.countDown();
        }
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void anOwnerWhoseLoopTakesNoTasksAnyMoreIsDrainedOnceItIsDead() {
        Pool<Item> pool = items.pool().build();
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            loop.run(() -> putNew(slot, 10));
            loop.reject();
            pool.close();
            assertNotTerminated(pool);
        }
        pool.cycle(); // as the clock does until the pool has terminated
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void anExecutorThatFailsWithAnErrorKeepsNoOtherSlotFromItsEndAndClosingAgainAsksItAgain() {
        Pool<Item> pool = items.pool().build();
        AtomicBoolean failing = new AtomicBoolean(true);
        try (Loop first = new Loop();
                Loop second = new Loop()) {
            Slot<Item> failingSlot = first.call(() -> pool.attach(task -> {
                if (failing.get()) {
                    throw new OutOfMemoryError("made up");
                }
                first.execute(task);
            }));
            Slot<Item> slot = second.call(() -> pool.attach(second));
            first.run(() -> putNew(failingSlot, 10));
            second.run(() -> putNew(slot, 10));
            assertThatThrownBy(pool::close).isInstanceOf(OutOfMemoryError.class);
            second.settle();
            assertThat(items.destroyed()).isEqualTo(10);
            assertNotTerminated(pool);
            failing.set(false);
            pool.close();
            first.settle();
            assertTerminated(pool);
        }
        items.check(pool);
    }

    @Test
    void executorsThatFailWithTheSameErrorAreAskedAllTheSame() {
        Pool<Item> pool = items.pool().build();
        OutOfMemoryError same = new OutOfMemoryError("made up"); // as the JVM's own may be
        AtomicInteger asked = new AtomicInteger();
        Executor failing = task -> {
            asked.incrementAndGet();
            throw same;
        };
        try (Loop first = new Loop();
                Loop second = new Loop();
                Loop third = new Loop()) {
            for (Loop loop : List.of(first, second, third)) {
                Slot<Item> slot = loop.call(() -> pool.attach(failing));
                loop.run(() -> putNew(slot, 1));
            }
            assertThatThrownBy(pool::close).isSameAs(same);
            assertThat(asked).hasValue(3);
        }
        pool.cycle(); // the owners are dead
        assertTerminated(pool);
        items.check(pool);
    }

    @Test
    void closeAgainstPutsOfAnOwnerStrandsNothing() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            LedgeredItems items = new LedgeredItems();
            Pool<Item> pool = items.pool().maxPrivateItems(1 + round % 4).build();
            try (Loop loop = new Loop()) {
                Slot<Item> slot = loop.call(() -> pool.attach(loop));
                List<Item> held = loop.call(() -> getNew(slot, 200));
                CyclicBarrier start = new CyclicBarrier(2);
                loop.queue(() -> {
                    Threads.await(start);
                    held.forEach(slot::put);
                });
                Threads.await(start);
                pool.close();
            }
            assertTerminated(pool);
            items.check(pool);
        }
    }

    @Test
    void closeAgainstPutsOfOtherThreadsStrandsNothing() {
        for (int round = 0; round < ROUNDS; round++) {
            LedgeredItems items = new LedgeredItems();
            Pool<Item> pool = items.pool().maxPrivateItems(1 + round % 4).build();
            List<Item> held = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                held.add(pool.get());
            }
            CyclicBarrier start = new CyclicBarrier(3);
            try (Threads threads = new Threads()) {
                for (List<Item> half : List.of(held.subList(0, 100), held.subList(100, 200))) {
                    threads.start(() -> {
                        Threads.await(start);
                        half.forEach(pool::put);
                    });
                }
                Threads.await(start);
                pool.close();
            }
            assertTerminated(pool);
            items.check(pool);
        }
    }

    @Test
    void closeAgainstGetsNeverTerminatesWhileAnItemIsOut() {
        for (int round = 0; round < ROUNDS; round++) {
            LedgeredItems items = new LedgeredItems();
            Pool<Item> pool = items.pool().build();
            Item out = pool.get();
            AtomicBoolean done = new AtomicBoolean();
            CyclicBarrier start = new CyclicBarrier(3);
            try (Threads threads = new Threads()) {
                threads.start(() -> {
                    Threads.await(start);
                    getUntilClosed(pool);
                    done.set(true);
                });
                threads.start(() -> {
                    Threads.await(start);
                    while (!done.get()) {
                        pool.writeOff(0); // has the pool look whether it is spent
                    }
                });
                Threads.await(start);
                pool.close();
            }
            assertNotTerminated(pool);
            pool.put(out);
            assertTerminated(pool);
            items.check(pool);
        }
    }

    private static void getUntilClosed(Pool<Item> pool) {
        try {
            while (true) {
                pool.discard(pool.get());
            }
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessageContaining("is closed");
        }
    }

    private static void putNew(Slot<Item> slot, int count) {
        getNew(slot, count).forEach(slot::put);
    }

    private static List<Item> getNew(Slot<Item> slot, int count) {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(slot.get());
        }
        return fresh;
    }
}
