package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Chaos mode: drops, poison, delayed reuse, and the misuse it catches. */
class ChaosTest {
    private final LedgeredItems items = new LedgeredItems();

    @ParameterizedTest
    @EnumSource
    void aSecondPutIsRefusedAndChangesNothing(Way way) {
        Pool<Item> pool = items.pool().chaos(5, item -> {}).build();
        way.visit(pool, access -> {
            Item item = access.get();
            access.put(item);
            PoolStats before = pool.stats();
            assertThatThrownBy(() -> access.put(item))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(item.toString())
                    .hasMessageContaining("returned twice?");
            assertThatThrownBy(() -> pool.discard(item)).isInstanceOf(IllegalStateException.class);
            assertThat(pool.stats()).isEqualTo(before);
        });
        items.closeAndCheck(pool);
    }

    @Test
    void anItemThatIsInThePoolAlreadyCannotBeAddedOrMadeAgain() {
        Pool<Item> pool = items.pool().chaos(5, item -> {}).build();
        Item out = pool.get();
        assertThatThrownBy(() -> pool.add(out))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("added twice");
        pool.put(out);
        if (!out.isDestroyed()) {
            assertThatThrownBy(() -> pool.add(out)).isInstanceOf(IllegalStateException.class);
        }
        items.closeAndCheck(pool);
        Object single = new Object();
        Pool<Object> same =
                Pool.builder(() -> single).chaos(5, item -> {}).cyclesByHand().build();
        assertThat(same.get()).isSameAs(single);
        assertThatThrownBy(same::get).hasMessageContaining("made twice by the factory");
        assertThat(same.stats().handedOut()).isEqualTo(1);
        LedgeredItems.checkLedger(same.stats());
    }

    @ParameterizedTest
    @EnumSource
    void aForeignItemIsRefusedAndChangesNothing(Way way) {
        Pool<Item> pool = items.pool().chaos(5, item -> {}).build();
        Item foreign = new Item(-1);
        way.visit(pool, access -> {
            assertThatThrownBy(() -> access.put(foreign))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not from this pool?");
            assertThat(pool.stats().puts()).isZero();
            items.check(pool);
        });
        assertThat(foreign.isDestroyed()).isFalse();
        items.closeAndCheck(pool);
    }

    @Test
    @SuppressWarnings("NullAway") // null is the misuse under test
    void nullIsRefusedAndChangesNothing() {
        Pool<Item> pool = items.pool().chaos(5, item -> {}).build();
        assertThatThrownBy(() -> pool.put(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> pool.add(null)).isInstanceOf(NullPointerException.class);
        items.closeAndCheck(pool);
    }

    @Test
    void aPoisonThatThrowsLeavesTheItemWithTheCaller() {
        AtomicInteger puts = new AtomicInteger();
        Pool<Item> pool = items.pool()
                .chaos(5, item -> {
                    if (puts.incrementAndGet() == 1) {
                        throw new IllegalArgumentException("spilled");
                    }
                })
                .build();
        Item item = pool.get();
        assertThatThrownBy(() -> pool.put(item)).hasMessage("spilled");
        assertThat(pool.stats().handedOut()).isEqualTo(1);
        pool.put(item);
        items.closeAndCheck(pool);
    }

    @Test
    void aboutOnePutInFourIsDroppedAndTheSeedDecidesWhich() {
        List<Long> destroyed = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            LedgeredItems items = new LedgeredItems();
            Pool<Item> pool = items.pool().chaos(11, item -> {}).build();
            for (int i = 0; i < 1000; i++) {
                pool.put(pool.get());
            }
            destroyed.add(items.destroyed());
            items.closeAndCheck(pool);
        }
        assertThat(destroyed.get(0)).isBetween(200L, 300L).isEqualTo(destroyed.get(1));
    }

    @Test
    void whatWasPutIsPoisonedAndNotReusedAtOnce() {
        Pool<int[]> pool = Pool.builder(() -> new int[1])
                .chaos(11, item -> item[0] = 0xDEAD)
                .cyclesByHand()
                .build();
        int[] item = pool.get();
        pool.put(item);
        assertThat(item[0]).isEqualTo(0xDEAD);
        for (int i = 0; i < 10; i++) {
            int[] other = pool.get();
            assertThat(other).isNotSameAs(item);
            pool.put(other);
        }
        LedgeredItems.checkLedger(pool.stats());
    }

    @Test
    void whatIsHeldBackIsIdleAndGoesWithACycle() {
        Pool<Item> pool = items.pool().chaos(11, item -> {}).build();
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            held.add(pool.get());
        }
        held.forEach(pool::put);
        assertThat(pool.stats().idle()).isEqualTo(10 - items.destroyed());
        items.check(pool);
        pool.cycle();
        assertThat(items.destroyed()).isEqualTo(10);
        items.closeAndCheck(pool);
    }
}
