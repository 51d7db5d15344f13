package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the snapshot says, number by number, at quiet points. */
class PoolStatsTest {
    private final LedgeredItems items = new LedgeredItems();
    private final Pool<Item> pool =
            items.pool().maxPrivateItems(4).maxStripes(1).build();

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
    void whatIsBeingMadeIsNotCountedBeforeItIsSoThatCountsOnlyRise() {
        AtomicReference<Pool<Object>> self = new AtomicReference<>();
        List<Long> seen = new ArrayList<>();
        Pool<Object> failing = Pool.<Object>builder(() -> {
                    PoolStats within = Objects.requireNonNull(self.get()).stats();
                    seen.add(within.created());
                    seen.add(within.createdGets());
                    throw new IllegalStateException("boom");
                })
                .build();
        self.set(failing);
        assertThatThrownBy(failing::get).hasMessage("boom");
        assertThat(seen).containsExactly(0L, 0L);
        assertThat(failing.stats().created()).isZero();
        failing.close();
        assertThat(failing.termination().toCompletableFuture()).isDone();
    }

    /** However far the loop gets between one look at a counter and the next. */
    @Test
    void whatALoopHasOutIsNeverBelowNothingOrMoreThanThereIs() throws InterruptedException {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            loop.call(() -> {
                slot.put(slot.get());
                return slot;
            });
            AtomicBoolean stopped = new AtomicBoolean();
            CountDownLatch running = new CountDownLatch(1);
            loop.execute(() -> {
                running.countDown();
                while (!stopped.get()) {
                    slot.put(slot.get());
                }
            });
            Set<Long> out = new HashSet<>();
            running.await();
            for (int look = 0; look < 500_000; look++) {
                out.add(pool.stats().handedOut());
            }
            stopped.set(true);
            assertThat(out).isSubsetOf(0L, 1L);
        }
    }

    @Test
    void everyGetIsCountedBySource() {
        try (Loop loop = new Loop()) {
            take(10).forEach(pool::put);
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            Item stolen = loop.call(slot::get); // of a batch of 2
            Item second = loop.call(slot::get);
            List<Item> own = take(8); // 4 private, 4 from the chain in batches of 2
            PoolStats stats = pool.stats();
            assertThat(stats.createdGets()).isEqualTo(10);
            assertThat(stats.stolenGets()).isEqualTo(1);
            assertThat(stats.sharedGets()).isEqualTo(2);
            assertThat(stats.privateGets()).isEqualTo(7);
            assertThat(stats.gets()).isEqualTo(20);
            assertThat(stats.puts()).isEqualTo(10);
            assertThat(stats.slots()).isEqualTo(2);
            assertThat(stats.stripes()).isEqualTo(1);
            items.check(pool);
            own.forEach(pool::put);
            pool.put(second);
            pool.put(stolen);
        }
    }

    @Test
    void everyItemIsCountedByState() {
        List<Item> held = take(6);
        pool.discard(held.remove(0));
        pool.put(held.remove(0));
        pool.cycle();
        pool.put(held.remove(0));
        pool.add(items.make());
        PoolStats stats = pool.stats();
        assertThat(stats.created()).isEqualTo(7);
        assertThat(stats.createdGets()).isEqualTo(6);
        assertThat(stats.destroyed()).isEqualTo(1);
        assertThat(stats.victim()).isEqualTo(1);
        assertThat(stats.idle()).isEqualTo(2);
        assertThat(stats.handedOut()).isEqualTo(3);
        assertThat(stats.puts()).as("an addition is not a put").isEqualTo(2);
        items.check(pool);
        held.forEach(pool::put);
    }

    @Test
    void whatIsWrittenOffIsLeakedAndNoLongerHandedOut() {
        assertThat(take(1)).hasSize(1);
        pool.writeOff(1);
        assertThat(pool.stats().leaked()).isEqualTo(1);
        assertThat(pool.stats().handedOut()).isZero();
        items.check(pool);
        pool.writeOff(0);
        assertThatThrownBy(() -> pool.writeOff(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("items must be >= 0: items=-1");
        pool.close();
        assertThat(pool.termination().toCompletableFuture())
                .as("it does not wait for the lost")
                .isCompleted();
    }

    @Test
    void theLedgerBalancesWhileItemsAreBeingDestroyed() {
        AtomicReference<@Nullable Pool<Integer>> self = new AtomicReference<>();
        List<PoolStats> seen = new ArrayList<>();
        Pool<Integer> watched = Pool.builder(() -> 1)
                .destructor(item -> seen.add(Objects.requireNonNull(self.get()).stats()))
                .cyclesByHand()
                .build();
        self.set(watched);
        for (int i = 0; i < 5; i++) {
            watched.add(i);
        }
        watched.trim();
        assertThat(seen).hasSize(5).allSatisfy(LedgeredItems::checkLedger);
        assertThat(seen).extracting(PoolStats::destroyed).containsExactly(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void aBatchThatReachesBeyondTheVictimsHandsOutNone() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(loop));
            List<Item> held = loop.call(() -> take(8));
            loop.run(() -> held.subList(0, 6).forEach(slot::put)); // 2 of them to the chain
            pool.cycle();
            loop.settle();
            Item victim = Claims.during(pool, pool::get); // a single one
            assertThat(pool.stats().victimGets()).isEqualTo(1);
            loop.run(() -> held.subList(6, 8).forEach(slot::put)); // 2 more: one victim and two young in the chain
            Item young = pool.get(); // a batch of 2, of which the newest is handed out
            assertThat(pool.stats().stolenGets()).isEqualTo(1);
            assertThat(pool.stats().victimGets()).isEqualTo(1);
            pool.put(victim);
            pool.put(young);
            loop.run(slot::detach);
        }
    }

    @Test
    void aVictimIsCountedWhereverItIsTakenFrom() {
        take(10).forEach(pool::put);
        pool.cycle();
        assertThat(pool.stats().victim()).isEqualTo(10);
        List<Item> taken = take(4);
        assertThat(pool.stats().victimGets()).as("private").isEqualTo(4);
        taken.addAll(take(1));
        assertThat(pool.stats().victimGets()).as("shared").isEqualTo(5);
        taken.add(Claims.during(pool, pool::get));
        assertThat(pool.stats().victimGets()).as("stolen").isEqualTo(6);
        assertThat(pool.stats().gets()).isEqualTo(16);
        items.check(pool);
        taken.forEach(pool::put);
    }
}
