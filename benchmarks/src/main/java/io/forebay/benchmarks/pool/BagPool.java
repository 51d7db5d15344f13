package io.forebay.benchmarks.pool;

import com.zaxxer.hikari.util.ConcurrentBag;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** HikariCP's bag. It lists its items for as long as they live, so each is added once and a lost one removed. */
final class BagPool implements PoolUnderTest, PoolAccess {
    private final ConcurrentBag<PoolItem> bag = new ConcurrentBag<>(waiting -> {});

    @Override
    public PoolAccess enter() {
        return this;
    }

    @Override
    public PoolItem get() {
        @Nullable PoolItem item = borrow();
        if (item == null) {
            item = new PoolItem(); // in use from the start, so nobody else takes it from the list
            bag.add(item);
        }
        return item;
    }

    private @Nullable PoolItem borrow() {
        try {
            return bag.borrow(0, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // restored, for JMH ends its workers so
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void put(PoolItem item) {
        bag.requite(item);
    }

    @Override
    public void forget(PoolItem item) {
        bag.remove(item);
    }

    @Override
    public void close() {
        bag.close();
    }
}
