package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does a frame cost, in time and garbage, that a decoder cuts out of a buffer and hands on? */
@State(Scope.Benchmark)
public class RetainedSliceBenchmark extends EventLoopBenchmark {
    @Param({"1024", "65536"})
    public int size;

    @Benchmark
    public boolean allocateSliceRelease(Contestant contestant) {
        ByteBuf buffer = contestant.allocate(size);
        ByteBuf slice = buffer.retainedSlice(0, size / 2);
        buffer.release();
        return slice.release();
    }
}
