package io.forebay.benchmarks.pool;

import io.netty.util.Recycler;

/** Netty's {@link Recycler}. */
final class RecyclerPool implements PoolAccess {
    private final Recycler<PoolItem> recycler = new Recycler<>() {
        @Override
        protected PoolItem newObject(Handle<PoolItem> handle) {
            return new PoolItem(handle, /* slot= */ null);
        }
    };

    @Override
    public PoolItem get() {
        return recycler.get();
    }

    @Override
    public void put(PoolItem item) {
        item.recycle();
    }
}
