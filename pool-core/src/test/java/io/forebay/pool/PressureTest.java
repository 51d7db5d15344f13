package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** After a reclaim, what becomes idle is within every thread's reach, until a cycle goes by without another. */
class PressureTest {
    private static final int ITEMS = 20;

    private final LedgeredItems items = new LedgeredItems();
    private final Pool<Item> pool = items.pool().maxPrivateItems(8).build();

    @AfterEach
    void nothingIsLost() {
        pool.close();
        pool.cycle();
        items.closeAndCheck(pool);
    }

    private void putNew(Slot<Item> slot) {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            fresh.add(slot.get());
        }
        fresh.forEach(slot::put);
    }

    private Slot<Item> pressed(Loop loop) {
        Slot<Item> slot = loop.call(() -> pool.attach(loop));
        loop.run(() -> putNew(slot));
        pool.reclaim();
        loop.settle();
        assertThat(pool.stats().idle()).isZero();
        return slot;
    }

    @Test
    void whatABlockedOwnerPutIsReclaimedWithoutIt() throws InterruptedException {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = pressed(loop);
            loop.run(() -> putNew(slot));
            assertThat(pool.stats().idle()).isEqualTo(ITEMS);
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            loop.queue(() -> {
                blocked.countDown();
                Threads.await(end);
            });
            blocked.await();
            int asked = loop.executed();
            pool.reclaim();
            assertThat(pool.stats().idle()).isZero();
            assertThat(items.made()).isEqualTo(pool.stats().destroyed());
            assertThat(loop.executed())
                    .as("an owner that keeps nothing need not be asked")
                    .isEqualTo(asked);
            end.countDown();
        }
    }

    @Test
    void theOwnerIsServedFromItsChainMeanwhile() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = pressed(loop);
            loop.run(() -> putNew(slot));
            int made = items.made();
            loop.run(() -> putNew(slot));
            assertThat(items.made()).isEqualTo(made);
            assertThat(pool.stats().sharedGets()).isGreaterThanOrEqualTo(ITEMS);
        }
    }

    @Test
    void afterAWholeCycleWithoutAReclaimStacksAreOpenAgain() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = pressed(loop);
            loop.run(() -> putNew(slot));
            pool.cycle(); // ends the cycle of the reclaim
            loop.settle();
            loop.run(() -> slot.put(slot.get().taken().given()));
            long privateGets = pool.stats().privateGets();
            pool.cycle(); // a whole one
            loop.settle();
            loop.run(() -> putNew(slot));
            loop.run(() -> putNew(slot));
            assertThat(pool.stats().privateGets()).isGreaterThan(privateGets);
        }
    }

    @Test
    void aSlotThatJoinsUnderPressureKeepsNothingEither() {
        try (Loop first = new Loop();
                Loop second = new Loop()) {
            pressed(first);
            Slot<Item> slot = second.call(() -> pool.attach(second));
            second.run(() -> putNew(slot));
            second.reject(); // nobody can ask it
            pool.reclaim();
            assertThat(pool.stats().idle()).isZero();
        }
    }

    @Test
    void stripedSlotsKeepNothingEither() {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            fresh.add(pool.get());
        }
        fresh.forEach(pool::put);
        pool.reclaim();
        assertThat(pool.stats().idle()).isZero();
        Item item = pool.get();
        pool.put(item);
        assertThat(pool.get()).isSameAs(item);
        pool.put(item);
        pool.reclaim();
        assertThat(item.isDestroyed()).isTrue();
    }

    @Test
    void closingUnderPressureStrandsNothing() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = pressed(loop);
            loop.run(() -> putNew(slot));
            Item out = loop.call(slot::get);
            pool.close();
            loop.run(() -> slot.put(out));
            loop.settle();
            assertThat(pool.termination().toCompletableFuture()).isCompleted();
        }
    }

    @Test
    void detachingUnderPressureStrandsNothing() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = pressed(loop);
            loop.run(() -> {
                putNew(slot);
                slot.detach();
            });
            assertThat(pool.stats().idle()).isEqualTo(ITEMS);
            pool.reclaim();
            assertThat(pool.stats().idle()).isZero();
        }
    }

    /** A thread that lost its core in the middle of a destruction must not keep the rest of its batch from who needs it. */
    @Test
    void aReclaimTakesItsShareOfABatchThatAnotherThreadHasBegunWith() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        LedgeredItems items = new LedgeredItems();
        Pool<Item> slow = items.pool()
                .destructor(item -> {
                    items.destroy(item);
                    if (begun.getCount() > 0) {
                        begun.countDown();
                        Threads.await(end);
                    }
                })
                .build();
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            fresh.add(slow.get());
        }
        fresh.forEach(slow::put);
        try (Threads threads = new Threads()) {
            threads.start(slow::trim);
            begun.await();
            slow.reclaim();
            assertThat(items.destroyed()).isEqualTo(ITEMS); // the one in the other's hands, too, as far as this shows
            end.countDown();
            threads.join();
        }
        items.closeAndCheck(slow);
    }

    /** Owners and others get and put, while reclaims, cycles and trims come at random; the ledger tells. */
    @Test
    void aStormOfReclaimsLosesAndDoublesNothing() {
        AtomicBoolean done = new AtomicBoolean();
        try (Loop loop = new Loop();
                Loop other = new Loop();
                Threads threads = new Threads()) {
            for (Loop each : List.of(loop, other)) {
                Slot<Item> slot = each.call(() -> pool.attach(each));
                each.queue(new Runnable() {
                    @Override
                    public void run() {
                        for (int i = 0; i < 50; i++) {
                            work(slot);
                        }
                        if (!done.get()) {
                            each.queue(this); // behind what the pool asks for
                        }
                    }
                });
            }
            threads.start(() -> {
                while (!done.get()) {
                    pool.put(pool.get().taken().given());
                }
            });
            for (int i = 0; i < 3_000; i++) {
                switch (i % 5) {
                    case 0 -> pool.cycle();
                    case 1 -> pool.trim();
                    default -> pool.reclaim();
                }
            }
            done.set(true);
            threads.join();
            loop.settle();
            other.settle();
        }
    }

    private static void work(Slot<Item> slot) {
        List<Item> out = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            out.add(slot.get().taken());
        }
        out.forEach(item -> slot.put(item.given()));
    }
}
