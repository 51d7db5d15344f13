package io.forebay.benchmarks.pool;

/** One pool, shared by all workers of a fork. */
interface PoolUnderTest extends AutoCloseable {
    /** The way in for the calling thread; called again before each iteration. */
    PoolAccess enter();

    @Override
    default void close() {}
}
