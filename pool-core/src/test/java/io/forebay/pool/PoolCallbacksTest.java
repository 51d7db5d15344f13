package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Factories, destructors, weighers, executors and listeners that throw, re-enter or return nonsense. */
class PoolCallbacksTest {
    private final LedgeredItems items = new LedgeredItems();

    @ParameterizedTest
    @EnumSource
    void whatTheFactoryThrowsIsPassedOnAndNothingIsCounted(Way way) {
        AtomicBoolean broken = new AtomicBoolean(true);
        Pool<Item> pool = Pool.builder(() -> {
                    if (broken.get()) {
                        throw new IllegalArgumentException("no memory");
                    }
                    return items.make();
                })
                .destructor(items::destroy)
                .cyclesByHand()
                .build();
        way.visit(pool, access -> {
            assertThatThrownBy(access::get)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no memory");
            assertThat(pool.stats().created()).isZero();
            broken.set(false);
            access.put(access.get());
        });
        items.closeAndCheck(pool);
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("NullAway") // null is the misuse under test
    void aFactoryThatReturnsNullIsNamed(Way way) {
        Pool<Item> pool = Pool.<Item>builder(() -> null)
                .name("void")
                .destructor(items::destroy)
                .cyclesByHand()
                .build();
        way.visit(
                pool,
                access -> assertThatThrownBy(access::get)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage("the factory of pool void returned null"));
        items.closeAndCheck(pool);
    }

    @ParameterizedTest
    @EnumSource
    void aFactoryMayUseThePoolItself(Way way) {
        AtomicReference<@Nullable Pool<Item>> self = new AtomicReference<>();
        AtomicInteger depth = new AtomicInteger();
        Pool<Item> pool = Pool.builder(() -> {
                    Pool<Item> here = self.get();
                    if (here != null && depth.getAndIncrement() < 3) {
                        here.put(here.get());
                    }
                    return items.make();
                })
                .destructor(items::destroy)
                .cyclesByHand()
                .build();
        self.set(pool);
        way.visit(pool, access -> {
            Item item = access.get();
            assertThat(items.made()).isEqualTo(4);
            items.check(pool);
            access.put(item);
        });
        items.closeAndCheck(pool);
    }

    @Test
    void aDestructorThatThrowsIsReportedAndTheOthersAreStillDestroyed() {
        List<String> told = new ArrayList<>();
        Pool<Item> pool = Pool.builder(items::make)
                .destructor(item -> {
                    items.destroy(item);
                    throw new IllegalArgumentException("stuck");
                })
                .onDestructorFailure((item, failure) -> told.add(item + " " + failure.getMessage()))
                .cyclesByHand()
                .build();
        putNew(pool, 100);
        pool.trim();
        assertThat(told).hasSize(100).doesNotHaveDuplicates().contains("item-1 stuck");
        items.check(pool);
        items.closeAndCheck(pool);
    }

    @Test
    void byDefaultTheUncaughtHandlerIsToldOfADestructorThatThrows() {
        ConcurrentLinkedQueue<Throwable> told = new ConcurrentLinkedQueue<>();
        IllegalArgumentException stuck = new IllegalArgumentException("stuck");
        Pool<Item> pool = Pool.builder(items::make)
                .destructor(item -> {
                    items.destroy(item);
                    throw stuck;
                })
                .cyclesByHand()
                .build();
        Threads.runAlone(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> told.add(failure));
            pool.discard(pool.get());
        });
        assertThat(told).containsExactly(stuck);
        items.closeAndCheck(pool);
    }

    @Test
    void aFailureListenerThatThrowsIsReportedAndTheOthersAreStillDestroyed() {
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        Pool<Item> pool = Pool.builder(items::make)
                .destructor(item -> {
                    items.destroy(item);
                    throw new IllegalArgumentException("stuck");
                })
                .onDestructorFailure((item, failure) -> {
                    throw new IllegalStateException("deaf to " + failure.getMessage());
                })
                .cyclesByHand()
                .build();
        Threads.runAlone(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> told.add(failure.getMessage()));
            putNew(pool, 3);
            pool.trim();
        });
        assertThat(told).containsExactly("deaf to stuck", "deaf to stuck", "deaf to stuck");
        items.closeAndCheck(pool);
    }

    @Test
    void aDestructorMayUseThePoolItself() {
        AtomicReference<@Nullable Pool<Item>> self = new AtomicReference<>();
        Pool<Item> pool = Pool.builder(items::make)
                .destructor(item -> {
                    items.destroy(item);
                    Pool<Item> here = self.get();
                    if (here != null && items.made() < 150) {
                        here.put(here.get());
                        here.discard(here.get());
                    }
                })
                .cyclesByHand()
                .build();
        putNew(pool, 100);
        self.set(pool);
        pool.trim();
        self.set(null);
        items.check(pool);
        items.closeAndCheck(pool);
    }

    @Test
    void aDestroyExecutorThatRejectsLeavesTheWorkToTheCaller() {
        Pool<Item> pool = items.pool()
                .destroyOn(task -> {
                    throw new RejectedExecutionException("shut down");
                })
                .build();
        putNew(pool, 10);
        pool.trim();
        assertThat(items.destroyed()).isEqualTo(10);
        items.closeAndCheck(pool);
    }

    @Test
    void aDestroyExecutorThatFailsLosesNothing() {
        AtomicBoolean broken = new AtomicBoolean(true);
        Executor executor = task -> {
            if (broken.get()) {
                throw new UnsupportedOperationException("broken executor");
            }
            task.run();
        };
        Pool<Item> pool = items.pool().destroyOn(executor).build();
        putNew(pool, 10);
        assertThatThrownBy(pool::trim).hasMessage("broken executor");
        assertThat(items.destroyed()).isZero();
        broken.set(false);
        pool.discard(pool.get());
        assertThat(items.destroyed()).isEqualTo(11);
        items.closeAndCheck(pool);
    }

    @Test
    void destructorsRunOnTheExecutorGivenForThemAndOneTaskDoesForMany() {
        List<Runnable> tasks = new ArrayList<>();
        Pool<Item> pool = items.pool().destroyOn(tasks::add).build();
        for (int i = 0; i < 10; i++) {
            pool.discard(pool.get());
        }
        pool.close();
        assertThat(items.destroyed()).isZero();
        assertThat(pool.stats().idle()).as("until they are destroyed").isEqualTo(10);
        items.check(pool);
        assertThat(tasks).hasSize(1);
        assertThat(pool.termination().toCompletableFuture()).isNotDone();
        tasks.get(0).run();
        assertThat(items.destroyed()).isEqualTo(10);
        items.closeAndCheck(pool);
    }

    @Test
    void aWeigherThatThrowsOnPutLeavesTheItemWithTheCaller() {
        AtomicBoolean broken = new AtomicBoolean();
        Pool<Item> pool =
                items.pool().weigher(item -> weigh(broken)).maxIdleBytes(100).build();
        Item item = pool.get();
        broken.set(true);
        assertThatThrownBy(() -> pool.put(item)).hasMessage("no scales");
        assertThat(pool.stats().handedOut()).isEqualTo(1);
        broken.set(false);
        pool.put(item);
        assertThat(pool.stats().idle()).isEqualTo(1);
        items.closeAndCheck(pool);
    }

    @Test
    void aWeigherThatThrowsOnPutInChaosModeLeavesTheItemWithTheCaller() {
        AtomicBoolean broken = new AtomicBoolean();
        Pool<Item> pool =
                items.pool().weigher(item -> weigh(broken)).chaos(2, item -> {}).build();
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            held.add(pool.get());
        }
        for (Item item : held) {
            broken.set(true);
            try {
                pool.put(item);
                assertThat(item.isDestroyed())
                        .as("dropped before it was weighed")
                        .isTrue();
            } catch (IllegalArgumentException noScales) {
                broken.set(false);
                pool.put(item);
            }
            broken.set(false);
        }
        items.closeAndCheck(pool);
    }

    @Test
    void aWeigherThatThrowsOnTheWayOutLosesNothing() {
        AtomicBoolean broken = new AtomicBoolean();
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        Pool<Item> pool = items.pool().weigher(item -> weigh(broken)).build();
        Threads.runAlone(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> told.add(failure.getMessage()));
            putNew(pool, 5);
            broken.set(true);
            Item item = pool.get();
            broken.set(false);
            pool.put(item);
            broken.set(true);
            pool.trim();
        });
        assertThat(told).hasSize(6).containsOnly("no scales");
        assertThat(items.destroyed()).isEqualTo(5);
        items.closeAndCheck(pool);
    }

    @Test
    void aNegativeWeightIsRefused() {
        Pool<Item> pool = items.pool().weigher(item -> -1).build();
        Item item = pool.get();
        assertThatThrownBy(() -> pool.put(item))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the weigher returned -1 bytes for " + item);
        pool.discard(item);
        items.closeAndCheck(pool);
    }

    private static long weigh(AtomicBoolean broken) {
        if (broken.get()) {
            throw new IllegalArgumentException("no scales");
        }
        return 10;
    }

    private static void putNew(Pool<Item> pool, int count) {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(pool.get());
        }
        fresh.forEach(pool::put);
    }
}
