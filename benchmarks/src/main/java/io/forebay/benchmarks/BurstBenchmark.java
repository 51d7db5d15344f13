package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does a buffer cost in a burst: many allocated, then all released in the same order? */
@State(Scope.Thread)
public class BurstBenchmark extends EventLoopBenchmark {
    private static final int BURST = 64; // twice the batch of Netty's Recycler

    @Param({"256", "4096", "16384", "32768", "65536", "1048576"})
    public int size;

    private final ByteBuf[] live = new ByteBuf[BURST];

    @Benchmark
    @OperationsPerInvocation(BURST)
    public void burst(Contestant contestant) {
        var live = this.live;
        for (int i = 0; i < live.length; i++) {
            live[i] = contestant.allocate(size);
        }
        for (ByteBuf buffer : live) {
            buffer.release();
        }
    }
}
