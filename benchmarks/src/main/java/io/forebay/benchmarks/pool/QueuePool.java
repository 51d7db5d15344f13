package io.forebay.benchmarks.pool;

import org.jctools.queues.MpmcArrayQueue;
import org.jspecify.annotations.Nullable;

/** The bounded queue of JCTools for many producers and many consumers. */
final class QueuePool implements PoolAccess {
    private static final int CAPACITY = 4096; // as many as a Recycler holds for one thread; 40 workers of 100 fit

    private final MpmcArrayQueue<PoolItem> queue = new MpmcArrayQueue<>(CAPACITY);

    @Override
    public PoolItem get() {
        @Nullable PoolItem item = queue.poll();
        return item != null ? item : new PoolItem();
    }

    @Override
    public void put(PoolItem item) {
        queue.offer(item); // full: the collector has it
    }
}
