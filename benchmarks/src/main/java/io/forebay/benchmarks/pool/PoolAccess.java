package io.forebay.benchmarks.pool;

/** How one worker uses a pool. It gets an item always: if none is idle, one is made on the calling thread. */
interface PoolAccess {
    PoolItem get();

    void put(PoolItem item);

    /** The item will not be put; the least that the pool must be told of it, for most nothing. */
    default void forget(PoolItem item) {}
}
