package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Go's TestPoolDequeue and TestPoolChain ask: under load, over the wrap of the indices, each item comes out once. */
@SuppressWarnings("ThreadPriorityCheck") // yields: with fewer cores than threads the others need ours to get on
class ExactlyOnceTest {
    private static final int ITEMS = 1_000_000;
    private static final int THIEVES = 9;
    private static final int BATCH = 5;

    private final AtomicIntegerArray taken = new AtomicIntegerArray(ITEMS);
    private final AtomicInteger left = new AtomicInteger(ITEMS);
    private int takenAtHead;

    @ParameterizedTest
    @EnumSource
    void everyItemComesOutOnce(AnyDeque.Kind kind) throws Exception {
        AnyDeque<Object> deque = kind.make();

        new Crew()
                .with(1, () -> produce(deque))
                .with(THIEVES / 2, () -> steal(deque))
                .with(THIEVES - THIEVES / 2, () -> stealBatches(deque))
                .run();

        assertThat(takenAtHead).isPositive();
        for (int i = 0; i < ITEMS; i++) {
            assertThat(taken.get(i)).as("times item %s came out", i).isOne();
        }
        assertThat(deque.popTail()).isNull();
        assertThat(deque.popHead()).isNull();
    }

    /** The owner: single pushes and batches in turn; after every tenth or so, it takes some back. */
    private void produce(AnyDeque<Object> deque) {
        Object[] batch = new Object[BATCH];
        int item = 0;
        for (int turn = 0; item < ITEMS; turn++) {
            int size = Math.min(turn % 2 == 0 ? 1 : BATCH, ITEMS - item);
            for (int i = 0; i < size; i++) {
                batch[i] = item++;
            }
            int pushed = deque.pushHead(batch, 0, size);
            while (pushed < size) {
                Thread.yield();
                pushed += deque.pushHead(batch, pushed, size);
            }
            if (turn % 10 == 0) {
                takenAtHead += count(deque.popHead());
            }
            if (turn % 10 == 5) {
                takenAtHead += count(batch, deque.popHead(batch, 0, 2));
            }
        }
    }

    private void steal(AnyDeque<Object> deque) {
        while (left.get() > 0) {
            if (count(deque.popTail()) == 0) {
                Thread.yield();
            }
        }
    }

    private void stealBatches(AnyDeque<Object> deque) {
        Object[] batch = new Object[BATCH];
        while (left.get() > 0) {
            if (count(batch, deque.popTail(batch, 0, BATCH)) == 0) {
                Thread.yield();
            }
        }
    }

    private int count(@Nullable Object item) {
        if (item == null) {
            return 0;
        }
        taken.incrementAndGet((int) item);
        left.decrementAndGet();
        return 1;
    }

    private int count(Object[] items, int size) {
        for (int i = 0; i < size; i++) {
            count(items[i]);
        }
        return size;
    }
}
