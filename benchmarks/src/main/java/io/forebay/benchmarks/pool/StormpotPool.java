package io.forebay.benchmarks.pool;

import java.time.Duration;
import stormpot.Allocator;
import stormpot.Pool;
import stormpot.Slot;
import stormpot.Timeout;

/** Stormpot, allocating inline as all the others do. */
final class StormpotPool implements PoolUnderTest, PoolAccess {
    private static final int ITEMS_PER_WORKER = 128; // the questions have at most 100 out
    private static final Timeout TIMEOUT = new Timeout(Duration.ofMinutes(1)); // never reached

    private final Pool<PoolItem> pool;

    private static final class Items implements Allocator<PoolItem> {
        @Override
        public PoolItem allocate(Slot slot) {
            return new PoolItem(/* handle= */ null, slot);
        }

        @Override
        public void deallocate(PoolItem item) {}
    }

    StormpotPool(int workers) {
        pool = Pool.fromInline(new Items()).setSize(ITEMS_PER_WORKER * workers).build();
    }

    @Override
    public PoolAccess enter() {
        return this;
    }

    @Override
    public PoolItem get() {
        try {
            PoolItem item = pool.claim(TIMEOUT);
            if (item == null) {
                throw new IllegalStateException("nothing to claim within " + TIMEOUT.getTimeout());
            }
            return item;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // restored, for JMH ends its workers so
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void put(PoolItem item) {
        item.release();
    }

    @Override
    public void forget(PoolItem item) {
        item.expire();
        item.release();
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
