package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tests of Go's {@code sync.Pool}, C1 to C6 and C9 of research/pool.md, over every way in. */
class PoolConformanceTest {
    private final LedgeredItems items = new LedgeredItems();

    @ParameterizedTest
    @EnumSource
    void c1TheLastPutIsTheNextGetAndAnEmptyPoolHasNothing(Way way) {
        Pool<String> pool = Pool.<String>builder().cyclesByHand().build();
        way.visit(pool, access -> {
            assertThat(pool.poll()).isNull();
            pool.add("a");
            pool.add("b");
            assertThat(access.get()).isEqualTo("b");
            assertThat(access.get()).isEqualTo("a");
            assertThat(pool.poll()).isNull();
            access.put("a");
            assertThat(pool.poll()).isEqualTo("a");
            pool.writeOff(2);
        });
        LedgeredItems.checkLedger(pool.stats());
    }

    @ParameterizedTest
    @EnumSource
    void c1AnEmptyPoolWithoutFactorySaysSo(Way way) {
        Pool<String> pool = Pool.<String>builder().name("bare").cyclesByHand().build();
        way.visit(
                pool,
                access -> assertThatThrownBy(access::get)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("bare")
                        .hasMessageContaining("no factory"));
        LedgeredItems.checkLedger(pool.stats());
    }

    @ParameterizedTest
    @EnumSource
    void c2WhatWasPutIsStillThereAfterOneCycleAndGoneAfterTwo(Way way) {
        Pool<Item> pool = items.pool().build();
        way.visit(pool, access -> {
            putNew(access, 100);
            pool.cycle();
            assertThat(pool.stats().victim()).isEqualTo(100);
            Item survivor = access.get();
            assertThat(items.made()).isEqualTo(100);
            assertThat(pool.stats().victimGets()).isEqualTo(1);
            pool.cycle();
            assertThat(items.destroyed()).isEqualTo(99);
            assertThat(pool.poll()).isNull();
            access.put(survivor);
            items.check(pool);
        });
        items.closeAndCheck(pool);
    }

    @ParameterizedTest
    @EnumSource
    void c2AVictimThatIsUsedIsYoungAgain(Way way) {
        Pool<Item> pool = items.pool().build();
        way.visit(pool, access -> {
            putNew(access, 100);
            for (int cycle = 0; cycle < 10; cycle++) {
                pool.cycle();
                List<Item> used = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    used.add(access.get());
                }
                used.forEach(access::put);
                assertThat(pool.stats().victim()).isZero();
            }
            assertThat(items.made()).isEqualTo(100);
            assertThat(items.destroyed()).isZero();
        });
        items.closeAndCheck(pool);
    }

    @ParameterizedTest
    @EnumSource
    void c3TheFactoryIsAskedOnlyWhenNothingIsIdle(Way way) {
        AtomicInteger made = new AtomicInteger();
        Pool<Integer> pool =
                Pool.<Integer>builder(made::incrementAndGet).cyclesByHand().build();
        way.visit(pool, access -> {
            assertThat(access.get()).isEqualTo(1);
            assertThat(access.get()).isEqualTo(2);
            pool.add(42);
            assertThat(access.get()).isEqualTo(42);
            assertThat(access.get()).isEqualTo(3);
            pool.writeOff(4);
        });
        LedgeredItems.checkLedger(pool.stats());
    }

    @ParameterizedTest
    @EnumSource
    void c4ThePoolKeepsNoPointerToAnItemThatWasTaken(Way way) {
        Pool<Item> pool = Pool.builder(() -> new Item(0)).cyclesByHand().build();
        List<WeakReference<Item>> taken = new ArrayList<>();
        way.visit(pool, access -> {
            for (int round = 0; round < 3; round++) {
                putNew(access, 100);
                for (int i = 0; i < 100; i++) {
                    taken.add(new WeakReference<>(access.get()));
                }
                pool.writeOff(100);
            }
            pool.cycle(); // clears the stale pointers of the private stack
            awaitCollected(taken);
        });
        LedgeredItems.checkLedger(pool.stats());
    }

    @ParameterizedTest
    @EnumSource
    void c5ThePoolLetsGoOfWhatNobodyTakes(Way way) {
        Pool<Item> pool = Pool.builder(() -> new Item(0)).cyclesByHand().build();
        List<WeakReference<Item>> idle = new ArrayList<>();
        way.visit(pool, access -> {
            for (int i = 0; i < 300; i++) {
                Item item = new Item(i);
                idle.add(new WeakReference<>(item));
                pool.add(item);
            }
            pool.cycle();
            pool.cycle();
            awaitCollected(idle);
        });
        LedgeredItems.checkLedger(pool.stats());
        assertThat(pool.stats().destroyed()).isEqualTo(300);
    }

    @ParameterizedTest
    @EnumSource
    void c6ManyThreadsNeverGetWhatAnotherHolds(Way way) {
        Pool<Item> pool = items.pool().build();
        try (Threads threads = new Threads()) {
            for (int worker = 0; worker < 10; worker++) {
                way.start(threads, pool, access -> {
                    for (int i = 0; i < 10_000; i++) {
                        Item item = access.get().taken();
                        access.put(item.given());
                    }
                });
            }
        }
        items.check(pool);
        assertThat(pool.stats().gets()).isEqualTo(100_000);
        items.closeAndCheck(pool);
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("NullAway") // null is the misuse under test
    void c9NullIsRefusedAndThePoolGoesOn(Way way) {
        Pool<Item> pool = items.pool().build();
        way.visit(pool, access -> {
            assertThatThrownBy(() -> access.put(null)).isInstanceOf(NullPointerException.class);
            putNew(access, 3); // there is room in the private stack now, which is another path
            assertThatThrownBy(() -> access.put(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> pool.add(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> pool.discard(null)).isInstanceOf(NullPointerException.class);
            assertThat(pool.stats().idle()).isEqualTo(3);
            access.put(access.get());
        });
        assertThat(pool.stats().stripes()).as("no claim was kept").isEqualTo(1);
        items.closeAndCheck(pool);
    }

    private static void putNew(Way.Access<Item> access, int count) {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(access.get());
        }
        fresh.forEach(access::put);
    }

    private static void awaitCollected(List<WeakReference<Item>> references) {
        Awaitility.await().atMost(Threads.LIMIT).until(() -> {
            System.gc();
            return references.stream().allMatch(reference -> reference.get() == null);
        });
    }
}
