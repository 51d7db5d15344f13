package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What does an operation cost when more is put than a worker's own place holds: 100 items put, then 100 got? The score
 * is the time of one put or get.
 */
@State(Scope.Benchmark)
public class PoolOverflowBenchmark extends EventLoopBenchmark {
    @Benchmark
    @OperationsPerInvocation(2 * PoolWorker.ITEMS)
    public PoolItem[] putAllGetAll(PoolWorker worker) {
        worker.fill(PoolWorker.ITEMS); // the first time only
        worker.put(PoolWorker.ITEMS);
        return worker.fill(PoolWorker.ITEMS);
    }
}
