package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolTest {
    @Test
    void takesTheMostRecentlyPutFirstAndNothingWhenEmpty() {
        Pool<String> pool = Pool.<String>builder().cyclesByHand().build();
        assertThat(pool.poll()).isNull();
        pool.add("a");
        pool.add("b");
        assertThat(pool.poll()).isEqualTo("b");
        assertThat(pool.poll()).isEqualTo("a");
        assertThat(pool.poll()).isNull();
    }

    @Test
    void anItemSurvivesOneCycleAndDiesAtTheSecond() {
        AtomicInteger made = new AtomicInteger();
        List<Integer> destroyed = new ArrayList<>();
        Pool<Integer> pool = Pool.<Integer>builder(made::incrementAndGet)
                .destructor(destroyed::add)
                .cyclesByHand()
                .build();
        List<Integer> items = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            items.add(pool.get());
        }
        items.forEach(pool::put);
        pool.cycle();
        assertThat(pool.stats().victim()).isEqualTo(1000);
        Integer taken = pool.get();
        assertThat(made).hasValue(1000);
        assertThat(pool.stats().victimGets()).isEqualTo(1);
        pool.cycle();
        assertThat(destroyed).hasSize(999).doesNotHaveDuplicates();
        assertThat(pool.poll()).isNull();
        pool.put(taken);
        pool.close();
        assertThat(pool.termination().toCompletableFuture()).isCompleted();
        assertThat(pool.stats().destroyed()).isEqualTo(1000);
    }

    @Test
    void anOwnedSlotDoesTheSame() {
        AtomicInteger made = new AtomicInteger();
        Pool<Integer> pool =
                Pool.<Integer>builder(made::incrementAndGet).cyclesByHand().build();
        Slot<Integer> slot = pool.attach(Runnable::run);
        List<Integer> items = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            items.add(slot.get());
        }
        items.forEach(slot::put);
        assertThat(pool.stats().idle()).isEqualTo(1000);
        for (int i = 0; i < 1000; i++) {
            items.set(i, pool.get());
        }
        assertThat(made).hasValue(1000);
        items.forEach(pool::put);
        pool.cycle();
        pool.cycle();
        PoolStats stats = pool.stats();
        assertThat(stats.destroyed()).isEqualTo(1000);
        assertThat(stats.handedOut()).isZero();
        assertThat(stats.privateGets() + stats.sharedGets()).isEqualTo(1000);
    }
}
