package io.forebay.benchmarks.pool;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/** The pool under test, one for all workers of a fork. */
@State(Scope.Benchmark)
public class PoolContestant {
    @Param
    public PoolKind pool;

    private PoolUnderTest instance;

    @Setup(Level.Trial)
    public void create(BenchmarkParams params) {
        instance = pool.create(params.getThreads());
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        instance.close();
    }

    PoolAccess enter() {
        return instance.enter();
    }
}
