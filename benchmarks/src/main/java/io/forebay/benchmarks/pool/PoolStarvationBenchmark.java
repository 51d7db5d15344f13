package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What does an operation cost when the pool never has enough: 67 items put, 100 got, so that a third of the gets look
 * everywhere, steal from the other workers or make an item? The score is the time of one put or get; the 33 items that
 * are not put are forgotten, and what a pool asks for that is part of it.
 */
@State(Scope.Benchmark)
public class PoolStarvationBenchmark extends EventLoopBenchmark {
    private static final int PUTS = 67;

    @Benchmark
    @OperationsPerInvocation(PUTS + PoolWorker.ITEMS)
    public PoolItem[] putSomeGetAll(PoolWorker worker) {
        worker.fill(PoolWorker.ITEMS); // the first time only
        worker.put(PUTS);
        worker.forget(PoolWorker.ITEMS - PUTS);
        return worker.fill(PoolWorker.ITEMS);
    }
}
