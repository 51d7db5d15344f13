package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Does a pool spare its users the making of dear items while garbage is collected all the time? A worker gets 100
 * items, makes 32 KiB of garbage with each, and puts them. An item costs 1 ms when it is first used: that stands for a
 * factory that takes as long, on the same thread. The score is the time per item; {@code created} of {@code got} items
 * were new.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PoolExpensiveNewBenchmark extends EventLoopBenchmark {
    private static final long NEW_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int GARBAGE_BYTES = 32 * 1024;

    /** Counted by one worker, summed up by JMH. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Items {
        public long got;
        public long created;
    }

    @Benchmark
    @OperationsPerInvocation(PoolWorker.ITEMS)
    public void getUsePut(PoolWorker worker, Items items, Blackhole blackhole) {
        for (PoolItem item : worker.fill(PoolWorker.ITEMS)) {
            items.got++;
            if (item.firstUse()) {
                items.created++;
                LockSupport.parkNanos(NEW_NANOS);
            }
            blackhole.consume(new byte[GARBAGE_BYTES]);
        }
        worker.put(PoolWorker.ITEMS);
    }
}
