package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does a buffer cost that is also used: allocated, written, read, released? */
@State(Scope.Benchmark)
public class WriteReadBenchmark extends EventLoopBenchmark {
    private static final int LONGS = 16;

    @Param({"256", "16384"})
    public int size;

    @Benchmark
    public long writeRead(Contestant contestant) {
        ByteBuf buffer = contestant.allocate(size);
        for (int i = 0; i < LONGS; i++) {
            buffer.writeLong(i);
        }
        long sum = 0;
        for (int i = 0; i < LONGS; i++) {
            sum += buffer.readLong();
        }
        buffer.release();
        return sum;
    }
}
