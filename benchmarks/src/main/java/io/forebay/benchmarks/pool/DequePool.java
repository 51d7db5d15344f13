package io.forebay.benchmarks.pool;

import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/** A {@link ConcurrentLinkedDeque}, last in first out. */
final class DequePool implements PoolAccess {
    private final ConcurrentLinkedDeque<PoolItem> deque = new ConcurrentLinkedDeque<>();

    @Override
    public PoolItem get() {
        @Nullable PoolItem item = deque.pollFirst();
        return item != null ? item : new PoolItem();
    }

    @Override
    public void put(PoolItem item) {
        deque.addFirst(item);
    }
}
