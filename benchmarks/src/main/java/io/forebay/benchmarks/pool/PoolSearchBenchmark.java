package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import io.forebay.pool.Pool;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does a get cost that looks into every slot and finds nothing to steal? Each slot is another thread's; the caller
 * owns one more.
 */
@State(Scope.Thread)
public class PoolSearchBenchmark extends EventLoopBenchmark {
    @Param({"1", "2", "4", "8", "16", "32", "64"})
    public int others;

    private Pool<PoolItem> pool;

    @Setup(Level.Iteration)
    public void attach() throws InterruptedException {
        pool = Pool.<PoolItem>builder().cyclesByHand().build();
        for (int i = 0; i < others; i++) {
            Thread owner = new Thread(() -> pool.attach(Runnable::run)); // no cycle is turned: the slot stays
            owner.start();
            owner.join();
        }
        pool.attach(Runnable::run);
    }

    @Benchmark
    public @Nullable PoolItem search() {
        return pool.poll();
    }

    @TearDown(Level.Iteration)
    public void close() {
        pool.close();
    }
}
