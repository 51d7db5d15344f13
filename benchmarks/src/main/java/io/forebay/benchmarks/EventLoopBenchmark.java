package io.forebay.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What every question shares: the fork, the clock, and event loops as workers. JMH inherits annotations only so. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {
            EventLoopBenchmark.MIN_HEAP,
            EventLoopBenchmark.MAX_HEAP,
            EventLoopBenchmark.NO_LEAK_DETECTION,
            "-Djmh.executor=CUSTOM",
            "-Djmh.executor.class=io.forebay.benchmarks.EventLoopExecutor"
        })
@Threads(1)
public abstract class EventLoopBenchmark {
    // Below 512 MiB Adaptive gives up its thread-local magazines and does not pool above 16 KiB.
    static final String MIN_HEAP = "-Xms1g";
    static final String MAX_HEAP = "-Xmx1g";
    static final String NO_LEAK_DETECTION = "-Dio.netty.leakDetection.level=disabled";
}
