package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import io.forebay.pool.Pool;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does {@link Pool#cycle} take with 100,000 idle items in one owned slot? The destructor does nothing, and
 * runs on the thread that turns the cycle, here the owner's. One cycle a pool, so each iteration is one sample.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 50)
@Measurement(iterations = 200)
public class PoolCycleBenchmark extends EventLoopBenchmark {
    @Param("100000")
    public int idleItems;

    @Param
    public CyclePhase phase;

    private Pool<PoolItem> pool;

    @Setup(Level.Iteration)
    public void fill() {
        pool = Pool.<PoolItem>builder().cyclesByHand().build();
        pool.attach(Runnable::run); // never asked: this thread turns the cycles
        for (int i = 0; i < idleItems; i++) {
            pool.add(new PoolItem());
        }
        if (phase == CyclePhase.VICTIMS) {
            pool.cycle();
        }
    }

    @Benchmark
    public void cycle() {
        pool.cycle();
    }

    @TearDown(Level.Iteration)
    public void check() {
        long expected = phase == CyclePhase.VICTIMS ? idleItems : 0;
        long destroyed = pool.stats().destroyed();
        pool.close();
        if (destroyed != expected) {
            throw new IllegalStateException("destroyed " + destroyed + " items instead of " + expected);
        }
    }
}
