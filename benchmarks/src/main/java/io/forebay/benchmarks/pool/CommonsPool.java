package io.forebay.benchmarks.pool;

import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;

/** Commons Pool's {@link GenericObjectPool}. */
final class CommonsPool implements PoolUnderTest, PoolAccess {
    private static final int UNBOUNDED = -1;

    private final GenericObjectPool<PoolItem> pool = new GenericObjectPool<>(new Items());

    private static final class Items extends BasePooledObjectFactory<PoolItem> {
        @Override
        public PoolItem create() {
            return new PoolItem();
        }

        @Override
        public PooledObject<PoolItem> wrap(PoolItem item) {
            return new DefaultPooledObject<>(item);
        }
    }

    CommonsPool() {
        pool.setMaxTotal(UNBOUNDED);
        pool.setMaxIdle(UNBOUNDED);
    }

    @Override
    public PoolAccess enter() {
        return this;
    }

    @Override
    public PoolItem get() {
        try {
            return pool.borrowObject();
        } catch (Exception e) { // declared so by Commons Pool; this factory throws none
            throw new IllegalStateException("cannot borrow", e);
        }
    }

    @Override
    public void put(PoolItem item) {
        pool.returnObject(item);
    }

    @Override
    public void forget(PoolItem item) {
        try {
            pool.invalidateObject(item);
        } catch (Exception e) { // as in get
            throw new IllegalStateException("cannot invalidate", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
