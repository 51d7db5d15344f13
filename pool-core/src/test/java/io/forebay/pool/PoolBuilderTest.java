package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the options refuse, and the bounds they set. */
class PoolBuilderTest {
    private final LedgeredItems items = new LedgeredItems();

    private static void refuses(Consumer<PoolBuilder<String>> option, String message) {
        assertThatThrownBy(() -> option.accept(Pool.builder()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void everyBadNumberIsNamed() {
        refuses(builder -> builder.maxPrivateItems(0), "maxPrivateItems must be > 0: maxPrivateItems=0");
        refuses(builder -> builder.maxPrivateBytes(-1), "maxPrivateBytes must be > 0: maxPrivateBytes=-1");
        refuses(builder -> builder.maxIdleItems(0), "maxIdleItems must be > 0: maxIdleItems=0");
        refuses(builder -> builder.maxIdleBytes(0), "maxIdleBytes must be > 0: maxIdleBytes=0");
        refuses(builder -> builder.itemBytes(-5), "itemBytes must be > 0: itemBytes=-5");
        refuses(builder -> builder.maxStripes(0), "maxStripes must be a power of two: maxStripes=0");
        refuses(builder -> builder.maxStripes(3), "maxStripes must be a power of two: maxStripes=3");
        refuses(builder -> builder.maxStripes(-4), "maxStripes must be a power of two: maxStripes=-4");
    }

    @Test
    @SuppressWarnings("NullAway") // null is the misuse under test
    void everyMissingReferenceIsNamed() {
        assertThatThrownBy(() -> Pool.builder(null)).hasMessage("factory");
        PoolBuilder<String> builder = Pool.builder();
        assertThatThrownBy(() -> builder.name(null)).hasMessage("name");
        assertThatThrownBy(() -> builder.destructor(null)).hasMessage("destructor");
        assertThatThrownBy(() -> builder.onDestructorFailure(null)).hasMessage("listener");
        assertThatThrownBy(() -> builder.weigher(null)).hasMessage("weigher");
        assertThatThrownBy(() -> builder.clock(null)).hasMessage("clock");
        assertThatThrownBy(() -> builder.destroyOn(null)).hasMessage("executor");
        assertThatThrownBy(() -> builder.chaos(1, null)).hasMessage("poison");
        Pool<String> pool = builder.cyclesByHand().build();
        assertThatThrownBy(() -> pool.attach(null)).hasMessage("executor");
    }

    @Test
    void aBoundInBytesNeedsAWeight() {
        PoolBuilder<String> builder = Pool.<String>builder().cyclesByHand();
        builder.maxIdleBytes(1000);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("maxIdleBytes=1000");
        builder.itemBytes(10).weigher(String::length);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("itemBytes=10");
        assertThatThrownBy(() -> Pool.<String>builder().maxPrivateBytes(7).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("maxPrivateBytes=7");
    }

    @Test
    void thePrivateStackIsBoundedByItemsAndByBytes() {
        assertThat(Pool.<String>builder().settings().maxPrivateItems()).isEqualTo(64);
        assertThat(privateItems(10, 50)).isEqualTo(5);
        assertThat(privateItems(10, 5000)).isEqualTo(64);
        assertThat(privateItems(10, 1)).as("at least one").isEqualTo(1);
    }

    private static int privateItems(long itemBytes, long maxPrivateBytes) {
        return Pool.<String>builder()
                .itemBytes(itemBytes)
                .maxPrivateBytes(maxPrivateBytes)
                .settings()
                .maxPrivateItems();
    }

    @Test
    void theIdleItemsAreBoundedByItemsAndByBytes() {
        PoolBuilder<String> builder = Pool.<String>builder().itemBytes(10).maxIdleBytes(100);
        assertThat(builder.settings().maxIdleItems()).isEqualTo(10);
        assertThat(builder.maxIdleItems(3).settings().maxIdleItems()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64})
    void overTheBoundOfIdleItemsPutsAreDestroyed(int maxPrivateItems) {
        Pool<Item> pool =
                items.pool().maxPrivateItems(maxPrivateItems).maxIdleItems(100).build();
        fillAndEmpty(pool, 1000);
        long idle = pool.stats().idle();
        assertThat(idle).isBetween(100L - maxPrivateItems, 100L + maxPrivateItems);
        assertThat(items.destroyed()).isEqualTo(1000 - idle);
        items.closeAndCheck(pool);
    }

    @Test
    void aPrivateStackOfOneItemWorks() {
        Pool<Item> pool = items.pool().maxPrivateItems(1).build();
        for (int round = 0; round < 3; round++) {
            fillAndEmpty(pool, 100);
            items.check(pool);
        }
        assertThat(items.made()).isEqualTo(100);
        items.closeAndCheck(pool);
    }

    @Test
    void theBytesOfItemsThatDifferAreBoundedOnEveryPut() {
        WeighedItems<Item> watch = new WeighedItems<>(item -> 10, 100);
        assertThat(watch.idleBytes()).isZero();
        Pool<Item> pool = items.pool().weigher(item -> 10).maxIdleBytes(105).build();
        fillAndEmpty(pool, 50);
        assertThat(pool.stats().idle()).isEqualTo(10);
        List<Item> taken = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            taken.add(pool.get());
        }
        taken.add(items.make());
        pool.add(taken.remove(5)); // 60 bytes
        taken.forEach(pool::put); // 110 bytes: one too many
        assertThat(pool.stats().idle()).isEqualTo(10);
        assertThat(pool.stats().privateGets())
                .as("a watched pool keeps nothing private")
                .isZero();
        items.check(pool);
        items.closeAndCheck(pool);
    }

    @Test
    void theNumberOfStripesIsBounded() {
        Pool<Item> pool = items.pool().maxStripes(2).build();
        for (int round = 0; round < 5; round++) {
            List<Slot<Item>> claimed = new ArrayList<>();
            for (Slot<Item> slot : pool.allSlots()) {
                if (slot.tryClaim()) {
                    claimed.add(slot);
                }
            }
            pool.put(pool.get());
            claimed.forEach(Slot::releaseClaim);
        }
        assertThat(pool.stats().stripes()).isEqualTo(2);
        items.closeAndCheck(pool);
    }

    @Test
    void oneBuilderBuildsPoolsThatShareNothing() {
        PoolBuilder<Item> builder = items.pool().chaos(1, item -> {});
        Pool<Item> first = builder.build();
        Pool<Item> second = builder.build();
        Item item = first.get();
        assertThatThrownBy(() -> second.put(item)).isInstanceOf(IllegalStateException.class);
        first.put(item);
        second.close();
        items.closeAndCheck(first);
    }

    private static void fillAndEmpty(Pool<Item> pool, int count) {
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add(pool.get());
        }
        held.forEach(pool::put);
    }
}
