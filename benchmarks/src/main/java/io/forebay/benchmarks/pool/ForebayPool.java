package io.forebay.benchmarks.pool;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.Objects;

/** Forebay's pool with its defaults, so also with its clock, by one of three ways in. */
final class ForebayPool implements PoolUnderTest {
    enum Way {
        SLOT,
        ATTACHED,
        STRIPED
    }

    private final Pool<PoolItem> pool = Pool.builder(PoolItem::new).build();
    private final Way way;

    ForebayPool(Way way) {
        this.way = way;
    }

    @Override
    public PoolAccess enter() {
        if (way == Way.STRIPED) {
            return new ByPool(pool);
        }
        EventExecutor loop =
                Objects.requireNonNull(ThreadExecutorMap.currentExecutor(), "a worker that is not an event loop");
        Slot<PoolItem> slot = pool.attach(loop);
        return way == Way.SLOT ? new BySlot(pool, slot) : new ByPool(pool);
    }

    @Override
    public void close() {
        pool.close();
    }

    private record BySlot(Pool<PoolItem> pool, Slot<PoolItem> slot) implements PoolAccess {
        @Override
        public PoolItem get() {
            return slot.get();
        }

        @Override
        public void put(PoolItem item) {
            slot.put(item);
        }

        @Override
        public void forget(PoolItem item) {
            pool.writeOff(1);
        }
    }

    private record ByPool(Pool<PoolItem> pool) implements PoolAccess {
        @Override
        public PoolItem get() {
            return pool.get();
        }

        @Override
        public void put(PoolItem item) {
            pool.put(item);
        }

        @Override
        public void forget(PoolItem item) {
            pool.writeOff(1);
        }
    }
}
