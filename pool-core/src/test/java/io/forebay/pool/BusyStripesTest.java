package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Striped slots when others hold them: a claim is a pin that can fail, and nothing waits for it. */
class BusyStripesTest {
    private final LedgeredItems items = new LedgeredItems();

    /** Only a heap without room makes a drain fail; a place that does not exist stands for that. */
    @Test
    void aDrainThatFailsLetsGoOfItsClaim() {
        Pool<Item> pool = items.pool().build();
        Slot<Item> stripe = pool.allSlots()[0];
        stripe.fresh = 1;
        assertThatThrownBy(pool::trim).isInstanceOf(IndexOutOfBoundsException.class);
        stripe.fresh = 0;
        assertThat(stripe.tryClaim()).isTrue();
        stripe.releaseClaim();
        items.closeAndCheck(pool);
    }

    @Test
    void aClaimIsExclusiveUntilItIsReleased() {
        Slot<Item> slot = items.pool().build().allSlots()[0];
        assertThat(slot.tryClaim()).isTrue();
        assertThat(slot.tryClaim()).isFalse();
        slot.releaseClaim();
        assertThat(slot.tryClaim()).isTrue();
    }

    @Test
    void stripesDoubleWhenClaimsFailAndLoseNothing() {
        Pool<Item> pool = items.pool().maxStripes(8).maxPrivateItems(4).build();
        List<Item> held = new ArrayList<>();
        int stripes = 1;
        while (stripes < 8) {
            for (int i = 0; i < 20; i++) {
                held.add(pool.get());
            }
            held.subList(0, 10).forEach(pool::put);
            held.subList(0, 10).clear();
            Item item = held.remove(0);
            Claims.during(pool, () -> pool.put(item)); // grows, into the first new stripe
            stripes *= 2;
            PoolStats stats = pool.stats();
            assertThat(stats.stripes()).isEqualTo(stripes);
            assertThat(stats.slots()).isEqualTo(stripes);
            items.check(pool);
            assertThat(items.destroyed()).isZero();
        }
        held.forEach(pool::put);
        items.closeAndCheck(pool);
    }

    @Test
    void onceThereAreManyNeighboursAreTriedFirstAndMoreComeOnlyWhenAllAreBusy() {
        int many = PoolBuilder.manyStripes();
        Pool<Item> pool = items.pool().maxStripes(2 * many).build();
        Item item = pool.get();
        for (int stripes = 1; stripes < many; stripes *= 2) {
            Claims.during(pool, () -> pool.put(pool.get()));
        }
        assertThat(pool.stats().stripes()).isEqualTo(many);
        for (Slot<Item> busy : pool.allSlots()) {
            assertThat(busy.tryClaim()).isTrue();
            pool.put(pool.get());
            busy.releaseClaim();
        }
        assertThat(pool.stats().stripes()).isEqualTo(many);
        Claims.during(pool, () -> pool.put(item));
        assertThat(pool.stats().stripes()).isEqualTo(2 * many);
        Item again = Claims.during(pool, pool::get);
        pool.put(again);
        assertThat(pool.stats().stripes()).isEqualTo(2 * many);
        items.closeAndCheck(pool);
    }

    @Test
    void withAllStripesBusyAGetStealsOneItemFromAnyChain() {
        Pool<Item> pool = items.pool().maxStripes(1).maxPrivateItems(2).build();
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            held.add(pool.get());
        }
        held.forEach(pool::put); // 2 private, 8 in the chain
        List<Item> stolen = new ArrayList<>();
        Claims.during(pool, () -> {
            for (int i = 0; i < 4; i++) {
                stolen.add(pool.get());
                Item polled = pool.poll();
                assertThat(polled).isNotNull();
                stolen.add(polled);
            }
            assertThat(stolen).doesNotHaveDuplicates().hasSize(8);
            assertThat(items.made()).isEqualTo(10);
            assertThat(pool.stats().stolenGets()).isEqualTo(8);
            assertThat(pool.poll()).as("the private items are out of reach").isNull();
            stolen.add(pool.get());
            assertThat(items.made()).isEqualTo(11);
        });
        items.check(pool);
        stolen.forEach(pool::put);
        items.closeAndCheck(pool);
    }

    @Test
    void withAllStripesBusyAPutGoesToTheDestructor() {
        Pool<Item> pool = items.pool().maxStripes(1).build();
        Item item = pool.get();
        Claims.during(pool, () -> pool.put(item));
        assertThat(item.isDestroyed()).isTrue();
        items.check(pool);
        assertThat(pool.stats().puts()).isEqualTo(1);
        items.closeAndCheck(pool);
    }

    @Test
    void withAllStripesBusyInChaosModeToo() {
        Pool<Item> pool = items.pool().maxStripes(1).chaos(3, item -> {}).build();
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            held.add(pool.get());
        }
        held.subList(0, 50).forEach(pool::put);
        Item stolen = Claims.during(pool, () -> {
            held.subList(50, 100).forEach(pool::put);
            return pool.get();
        });
        items.check(pool);
        pool.put(stolen);
        items.closeAndCheck(pool);
    }

    @Test
    void aCyclePassesOverABusyStripeAndATrimWaitsForIt() {
        Pool<Item> pool = items.pool().maxStripes(1).build();
        pool.put(pool.get());
        pool.cycle();
        try (Threads threads = new Threads()) {
            Claims.during(pool, () -> {
                pool.cycle();
                assertThat(items.destroyed())
                        .as("its private stack ages next time")
                        .isZero();
                threads.start(pool::trim);
            });
        }
        assertThat(items.destroyed()).isEqualTo(1);
        items.closeAndCheck(pool);
    }

    @Test
    void aThiefThatStallsBetweenItsClaimAndItsReadHarmsNobody() {
        Pool<Item> pool = items.pool().maxStripes(1).maxPrivateItems(1).build();
        List<Item> held = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            held.add(pool.get());
        }
        held.forEach(pool::put); // 1 private, 8 fill the chain's first ring
        RingDeque<Item> ring = firstRing(pool.allSlots()[0].chain);
        int stalled = (int) ring.claimTail(1); // the low half: which slot it won
        Item more = pool.get();
        pool.put(more);
        pool.put(addedAndTaken(pool)); // the ring has room, but not in this slot: the chain grows instead of waiting
        assertThat(pool.allSlots()[0].chain.capacity()).isGreaterThan(8);
        for (int round = 0; round < 3; round++) {
            List<Item> all = new ArrayList<>();
            Item item = pool.poll();
            while (item != null) {
                all.add(item);
                item = pool.poll();
            }
            assertThat(all).doesNotHaveDuplicates().hasSize(9).doesNotContain(held.get(0));
            all.forEach(pool::put);
        }
        Item late = ring.takeTailSlot(stalled);
        assertThat(late).isSameAs(held.get(0));
        assertThat(pool.stats().created()).isEqualTo(10);
        assertThat(pool.stats().idle()).isEqualTo(9);
        Claims.during(pool, () -> pool.allSlots()[0].chain.pushHead(late)); // a thief that makes good the ledger
        items.closeAndCheck(pool);
    }

    private Item addedAndTaken(Pool<Item> pool) {
        Item fresh = items.make();
        pool.add(fresh);
        Item taken = pool.get();
        assertThat(taken).isSameAs(fresh);
        return taken;
    }

    @SuppressWarnings("unchecked") // the field's type
    private static RingDeque<Item> firstRing(RingChain<Item> chain) {
        try {
            var field = RingChain.class.getDeclaredField("tail");
            field.setAccessible(true);
            return ((RingLink<Item>) field.get(chain)).ring;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("RingChain has no tail", e);
        }
    }
}
