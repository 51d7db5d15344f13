package io.forebay.benchmarks.pool;

/** A pool that all workers enter the same way. */
record SharedAccess(PoolAccess access) implements PoolUnderTest {
    @Override
    public PoolAccess enter() {
        return access;
    }
}
