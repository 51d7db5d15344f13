package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does it cost to put an item and get one again? The score is the time of the pair. */
@State(Scope.Benchmark)
public class PoolGetPutBenchmark extends EventLoopBenchmark {
    /** The one item that a worker has out. */
    @State(Scope.Thread)
    public static class Held {
        private PoolItem item;

        @Setup(Level.Iteration)
        public void get(PoolWorker worker) {
            if (item == null) {
                item = worker.get();
            }
        }
    }

    @Benchmark
    public PoolItem putGet(PoolWorker worker, Held held) {
        worker.put(held.item);
        PoolItem item = worker.get();
        held.item = item;
        return item;
    }
}
