package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What does a buffer cost that starts at Netty's default capacity and is filled to 64 KiB, growing as Netty grows it? */
@State(Scope.Thread)
public class GrowBenchmark extends EventLoopBenchmark {
    private static final int INITIAL_CAPACITY = 256; // Netty's default
    private static final int FINAL_CAPACITY = 64 * 1024;
    private static final int LIVE = 2048; // as in Netty's ByteBufAllocateAndGrowBenchmark

    private final ByteBuf[] buffers = new ByteBuf[LIVE];
    private int turn;

    @Setup(Level.Trial)
    public void fill(Contestant contestant) {
        for (int i = 0; i < LIVE; i++) {
            buffers[i] = contestant.allocate(INITIAL_CAPACITY);
        }
    }

    @Benchmark
    public ByteBuf grow(Contestant contestant) {
        int turn = this.turn;
        this.turn = (turn + 1) & (LIVE - 1);
        buffers[turn].release();
        ByteBuf buffer = contestant.allocate(INITIAL_CAPACITY);
        while (buffer.capacity() < FINAL_CAPACITY) {
            buffer.writerIndex(buffer.capacity());
            buffer.ensureWritable(1); // doubles, or takes what the allocator can give without a copy
        }
        buffers[turn] = buffer;
        return buffer;
    }

    @TearDown(Level.Trial)
    public void releaseAll() {
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }
}
