package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Letting go of one idle item, and asking for one without making any. */
class DestroyOneTest {
    private final LedgeredItems items = new LedgeredItems();
    private final Pool<Item> pool =
            items.pool().maxPrivateItems(2).maxStripes(1).build();

    @AfterEach
    void nothingIsLost() {
        items.closeAndCheck(pool);
    }

    private List<Item> take(int count) {
        List<Item> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(pool.get());
        }
        return taken;
    }

    @Test
    void itemsAreDestroyedOneByOneTheOldestFirst() {
        List<Item> taken = take(5);
        assertThat(pool.destroyOne()).as("what is handed out stays").isFalse();
        taken.forEach(pool::put);
        long gets = pool.stats().gets();
        for (Item item : taken) {
            assertThat(item.isDestroyed()).isFalse();
            assertThat(pool.destroyOne()).isTrue();
            assertThat(item.isDestroyed()).isTrue();
            items.check(pool);
        }
        assertThat(pool.destroyOne()).isFalse();
        assertThat(pool.stats().gets()).as("no get is counted").isEqualTo(gets);
        assertThat(pool.stats().destroyed()).isEqualTo(5);
    }

    @Test
    void victimsGoFirstAndTheOthersStayWhatTheyAre() {
        List<Item> taken = take(2);
        pool.put(taken.get(0));
        pool.cycle();
        pool.put(taken.get(1));
        assertThat(pool.stats().victim()).isEqualTo(1);
        assertThat(pool.destroyOne()).isTrue();
        assertThat(taken.get(0).isDestroyed()).isTrue();
        assertThat(pool.stats().victim()).isZero();
        assertThat(pool.stats().idle()).isEqualTo(1);
        pool.cycle();
        assertThat(taken.get(1).isDestroyed()).isFalse();
    }

    @Test
    void whatAnotherOwnerKeepsToItselfIsOutOfReachAndItsChainIsNot() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            List<Item> taken = loop.call(() -> List.of(slot.get(), slot.get(), slot.get()));
            loop.run(() -> taken.forEach(slot::put)); // the oldest to the chain, the others private
            assertThat(pool.destroyOne()).isTrue();
            assertThat(taken).extracting(Item::isDestroyed).containsExactly(true, false, false);
            assertThat(pool.destroyOne()).isFalse();
            assertThat(loop.<Boolean>call(pool::destroyOne)).isTrue();
            assertThat(taken).extracting(Item::isDestroyed).containsExactly(true, true, false);
            items.check(pool);
        }
    }

    @Test
    void aBusyStripeIsLeftAlone() {
        Item item = pool.get();
        pool.put(item);
        assertThat(Claims.during(pool, pool::destroyOne)).isFalse();
        assertThat(item.isDestroyed()).isFalse();
        assertThat(pool.destroyOne()).isTrue();
    }

    @Test
    void aDestructorThatFailsIsToldAndTheItemCounts() {
        List<Item> told = new ArrayList<>();
        LedgeredItems others = new LedgeredItems();
        Pool<Item> failing = others.pool()
                .destructor(item -> {
                    others.destroy(item);
                    throw new IllegalStateException("on purpose");
                })
                .onDestructorFailure((item, failure) -> told.add(item))
                .build();
        Item item = failing.get();
        failing.put(item);
        assertThat(failing.destroyOne()).isTrue();
        assertThat(told).containsExactly(item);
        others.closeAndCheck(failing);
    }

    @Test
    void inChaosModeTheItemIsNotTakenForOneStillIdle() {
        LedgeredItems others = new LedgeredItems();
        Pool<Item> chaotic = others.pool().chaos(5, item -> {}).build();
        List<Item> taken = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            taken.add(chaotic.get());
        }
        taken.forEach(chaotic::put);
        int destroyed = 0;
        while (chaotic.destroyOne()) {
            destroyed++;
        }
        assertThat(destroyed).isPositive();
        others.closeAndCheck(chaotic);
    }

    @Test
    void aPollOfASlotMakesNothing() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            assertThat(loop.call(() -> slot.poll() == null)).isTrue();
            assertThat(items.made()).isZero();
            List<Item> taken = take(3);
            taken.forEach(pool::put); // the oldest to the chain
            Item stolen = loop.call(slot::poll);
            assertThat(stolen).isSameAs(taken.get(0));
            assertThat(pool.stats().stolenGets()).isEqualTo(1);
            loop.run(() -> slot.put(stolen));
            assertThat(loop.call(slot::poll)).as("private").isSameAs(stolen);
            pool.put(stolen);
            loop.run(() -> {
                slot.detach();
                assertThatThrownBy(slot::poll)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("detached slot");
            });
        }
    }
}
