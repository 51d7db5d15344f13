package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.LedgeredItems.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Slots that belong to an event loop: attaching, ageing on the loop, detaching, and loops that block, reject or die. */
class OwnedSlotTest {
    private final LedgeredItems items = new LedgeredItems();
    private final Pool<Item> pool = items.pool().maxPrivateItems(4).build();

    @AfterEach
    void nothingIsLost() {
        pool.close();
        pool.cycle(); // adopts what a dead loop left
        items.closeAndCheck(pool);
    }

    private Slot<Item> attach(Loop loop) {
        return loop.call(() -> pool.attach(loop));
    }

    private static void putNew(Slot<Item> slot, int count) {
        List<Item> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(slot.get());
        }
        fresh.forEach(slot::put);
    }

    @Test
    void attachingAgainReturnsTheSameSlotAndOtherThreadsAreNotItsOwner() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            assertThat(attach(loop)).isSameAs(slot);
            assertThat(slot.isOwner()).isFalse();
            assertThat(loop.call(slot::isOwner)).isTrue();
            assertThat(pool.stats().slots() - pool.stats().stripes()).isEqualTo(1);
        }
    }

    @Test
    void aSlotUsedByAnotherThanItsOwnerIsReported() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            Item item = loop.call(slot::get);
            assertThatThrownBy(slot::get).isInstanceOf(AssertionError.class).hasMessageContaining("on the slot of");
            assertThatThrownBy(() -> slot.put(item)).isInstanceOf(AssertionError.class);
            assertThatThrownBy(slot::detach)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("outside the event loop");
            pool.put(item);
        }
    }

    @Test
    void aDetachedSlotLeavesItsItemsToOthersAndRefusesUse() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> {
                putNew(slot, 10);
                Item item = slot.get();
                slot.detach();
                slot.detach();
                assertThatThrownBy(slot::get)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("detached slot");
                assertThatThrownBy(() -> slot.put(item))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("detached slot");
                pool.put(item);
            });
            items.check(pool);
            for (int i = 0; i < 10; i++) {
                pool.discard(pool.get());
            }
            assertThat(items.made()).isEqualTo(10);
            assertThat(loop.executed()).isZero();
        }
    }

    @Test
    void aThreadMayAttachAgainAfterItDetached() {
        try (Loop loop = new Loop()) {
            Slot<Item> first = attach(loop);
            loop.run(first::detach);
            Slot<Item> second = attach(loop);
            assertThat(second).isNotSameAs(first);
            loop.run(() -> putNew(second, 3));
            pool.cycle();
            assertThat(pool.stats().slots() - pool.stats().stripes())
                    .as("the first, empty, was let go")
                    .isEqualTo(1);
            assertThat(pool.stats().puts()).isEqualTo(3);
        }
    }

    @Test
    void whatADeadOwnerLeftIsAdoptedAndItsCountersAreKept() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 11));
        }
        assertThat(pool.stats().idle()).isEqualTo(11);
        pool.cycle();
        items.check(pool);
        assertThat(pool.stats().slots()).isEqualTo(2);
        for (int i = 0; i < 11; i++) {
            pool.discard(pool.get());
        }
        PoolStats before = pool.stats();
        assertThat(before.created()).isEqualTo(11);
        pool.cycle();
        PoolStats after = pool.stats();
        assertThat(after.slots()).as("pruned once empty").isEqualTo(1);
        assertThat(after.gets()).isEqualTo(before.gets()).isEqualTo(22);
        assertThat(after.puts()).isEqualTo(before.puts()).isEqualTo(11);
    }

    @Test
    void whatADeadOwnerLeftAgesLikeAnythingElse() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 11));
        }
        pool.cycle();
        pool.cycle();
        pool.cycle();
        assertThat(items.destroyed()).isEqualTo(11);
        assertThat(pool.stats().slots()).isEqualTo(1);
    }

    @Test
    void nothingShowsAsHandedOutWhileASlotAges() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            int[] places = new int[4];
            for (int round = 0; round < 2000; round++) {
                loop.run(() -> {
                    List<Item> out = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        out.add(slot.get());
                    }
                    for (int i = 0; i < 4; i += 2) {
                        places[i] = slot.put(out.get(i), places[i]);
                    }
                    slot.settle(); // some are victims and some fresh, at places in between
                    for (int i = 1; i < 4; i += 2) {
                        places[i] = slot.put(out.get(i), places[i]);
                    }
                });
                pool.cycle();
                for (int look = 0; look < 20; look++) {
                    assertThat(pool.stats().handedOut()).isZero();
                }
            }
        }
    }

    @Test
    void anIdleLoopIsWokenOnlyWhenItHoldsSomethingAndAtMostOnceACycle() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            pool.cycle();
            assertThat(loop.executed()).as("nothing held").isZero();
            loop.run(() -> putNew(slot, 2));
            pool.cycle();
            loop.settle();
            assertThat(loop.executed()).isEqualTo(1);
            pool.cycle();
            loop.settle();
            assertThat(loop.executed()).as("victims to destroy").isEqualTo(2);
            assertThat(items.destroyed()).isEqualTo(2);
            pool.cycle();
            pool.cycle();
            assertThat(loop.executed()).as("empty and unused").isEqualTo(2);
        }
    }

    @Test
    void aBlockedLoopHasAtMostOneAgeingTaskInItsQueue() {
        try (Loop loop = new Loop()) {
            CountDownLatch blocked = new CountDownLatch(1);
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 2));
            loop.queue(() -> Threads.await(blocked));
            for (int i = 0; i < 5; i++) {
                pool.cycle();
                pool.trim();
            }
            assertThat(loop.executed()).isEqualTo(1);
            blocked.countDown();
            loop.settle();
            assertThat(items.destroyed()).as("it was asked to drain").isEqualTo(2);
        }
    }

    @Test
    void aLoopThatTurnsACycleItselfStillHasAtMostOneAgeingTaskInItsQueue() {
        try (Loop loop = new Loop()) {
            CyclicBarrier step = new CyclicBarrier(2);
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 2));
            loop.queue(() -> {
                Threads.await(step);
                pool.cycle();
                putNew(slot, 2);
                Threads.await(step);
                Threads.await(step);
            });
            pool.cycle();
            Threads.await(step);
            Threads.await(step);
            pool.cycle();
            Threads.await(step);
            assertThat(loop.executed()).isEqualTo(1);
            loop.settle();
        }
    }

    @Test
    void aTrimGivesBackTheMemoryOfALargeChainToo() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 1_000));
            assertThat(slot.chain.capacity()).isGreaterThan(500);
            pool.trim();
            loop.settle();
            assertThat(items.destroyed()).isEqualTo(1_000);
            assertThat(slot.chain.capacity()).isLessThan(50);
        }
    }

    @Test
    void anExecutorThatRejectsCostsACycleNothing() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 2));
            loop.reject();
            pool.cycle();
            pool.cycle();
            assertThat(items.destroyed()).isZero();
            items.check(pool);
        }
    }

    @Test
    void anExecutorThatRejectedIsAskedAgainByTheNextCycle() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            loop.run(() -> putNew(slot, 2));
            loop.reject();
            pool.cycle();
            pool.trim();
            loop.acceptAgain();
            pool.cycle();
            loop.settle();
            assertThat(items.destroyed()).as("it was asked to drain").isEqualTo(2);
        }
    }

    @Test
    void anExecutorThatRejectedIsAskedAgainForStalePointersToo() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = attach(loop);
            Item out = loop.call(() -> {
                putNew(slot, 1);
                return slot.get();
            });
            loop.reject();
            pool.cycle();
            loop.acceptAgain();
            pool.cycle();
            loop.settle();
            assertThat(slot.items).doesNotContain(out);
            assertThat(loop.executed()).isEqualTo(1);
            pool.put(out);
        }
    }

    @Test
    void anExecutorThatRunsTheTaskOnAnotherThreadIsReported() {
        try (Loop loop = new Loop()) {
            Slot<Item> slot = loop.call(() -> pool.attach(Runnable::run));
            loop.run(() -> putNew(slot, 2));
            assertThatThrownBy(pool::cycle)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not on the slot's owner")
                    .hasMessageContaining("attach on the executor's own thread");
            items.check(pool);
            loop.run(slot::detach);
        }
    }

    @Test
    void anExecutorThatFailsDoesNotKeepTheOtherSlotsFromAgeing() {
        Executor broken = task -> {
            throw new UnsupportedOperationException("broken executor");
        };
        try (Loop first = new Loop();
                Loop second = new Loop()) {
            Slot<Item> slot = first.call(() -> pool.attach(broken));
            Slot<Item> other = attach(second);
            first.run(() -> putNew(slot, 2));
            second.run(() -> putNew(other, 10));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(pool::cycle)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("broken executor");
                second.settle();
            }
            assertThat(items.destroyed()).isEqualTo(10);
            first.run(slot::detach);
        }
    }

    @Test
    void theDestructorRunsOutsideTheLockOfTheCycle() {
        Pool<Integer>[] self = newArray();
        Pool<Integer> reentrant = Pool.builder(() -> 1)
                .destructor(item -> Threads.runAlone(() -> self[0].cycle()))
                .cyclesByHand()
                .build();
        self[0] = reentrant;
        Threads.runAlone(() -> {
            Slot<Integer> slot = reentrant.attach(task -> {});
            slot.put(slot.get());
            reentrant.cycle();
            reentrant.cycle();
            assertThat(reentrant.stats().destroyed()).isEqualTo(1);
            slot.detach();
        });
        reentrant.close();
        LedgeredItems.checkLedger(reentrant.stats());
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static Pool<Integer>[] newArray() {
        return new Pool[1];
    }

    @Test
    void ageingBesideAWorkingOwnerLosesNothing() {
        try (Loop loop = new Loop();
                Threads threads = new Threads()) {
            Slot<Item> slot = attach(loop);
            CountDownLatch done = new CountDownLatch(1);
            for (int turn = 0; turn < 200; turn++) {
                int depth = 1 + turn % 20;
                loop.queue(() -> {
                    for (int round = 0; round < 20; round++) {
                        List<Item> held = new ArrayList<>();
                        for (int i = 0; i < depth; i++) {
                            held.add(slot.get().taken());
                        }
                        held.forEach(item -> slot.put(item.given()));
                    }
                });
            }
            loop.queue(done::countDown);
            threads.start(() -> {
                while (!done.await(0, TimeUnit.MILLISECONDS)) {
                    pool.cycle();
                }
            });
            threads.join();
            loop.settle();
            items.check(pool);
        }
    }
}
