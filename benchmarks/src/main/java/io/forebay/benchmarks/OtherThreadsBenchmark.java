package io.forebay.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a buffer cost on threads that are not event loops: plain ones, virtual ones (JDK 21 or newer)? Allocated and
 * released at once, so compare with {@link AllocateReleaseBenchmark}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {EventLoopBenchmark.MIN_HEAP, EventLoopBenchmark.MAX_HEAP, EventLoopBenchmark.NO_LEAK_DETECTION})
public class OtherThreadsBenchmark {
    private static final String VIRTUAL = "-Djmh.executor=VIRTUAL";

    // A carrier per worker: with fewer, workers that never block keep those starved that once waited for a lock.
    private static final String CARRIERS = "-Djdk.virtualThreadScheduler.parallelism=8";

    @Param({"1024", "65536"})
    public int size;

    @Benchmark
    @Threads(2)
    public boolean platform2(Contestant contestant) {
        return allocateRelease(contestant);
    }

    @Benchmark
    @Threads(8)
    public boolean platform8(Contestant contestant) {
        return allocateRelease(contestant);
    }

    @Benchmark
    @Threads(2)
    @Fork(
            value = 2,
            jvmArgs = {
                EventLoopBenchmark.MIN_HEAP,
                EventLoopBenchmark.MAX_HEAP,
                EventLoopBenchmark.NO_LEAK_DETECTION,
                VIRTUAL,
                CARRIERS
            })
    public boolean virtual2(Contestant contestant) {
        return allocateRelease(contestant);
    }

    @Benchmark
    @Threads(8)
    @Fork(
            value = 2,
            jvmArgs = {
                EventLoopBenchmark.MIN_HEAP,
                EventLoopBenchmark.MAX_HEAP,
                EventLoopBenchmark.NO_LEAK_DETECTION,
                VIRTUAL,
                CARRIERS
            })
    public boolean virtual8(Contestant contestant) {
        return allocateRelease(contestant);
    }

    private boolean allocateRelease(Contestant contestant) {
        return contestant.allocate(size).release();
    }
}
