package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/** What does a buffer cost among many live ones of a real program's sizes, released in random order? */
@State(Scope.Thread)
public class WebSocketProxyBenchmark extends EventLoopBenchmark {
    private static final long SEED = 0xF0EBA1L;
    private static final int DRAWS = 1 << 16; // drawn before the run, so that no random number is made in it

    @Param({"128", "8192"})
    public int live;

    private ByteBuf[] buffers;
    private int[] sizes;
    private int[] victims; // which live buffer goes
    private int turn;

    @Setup(Level.Trial)
    public void fill(Contestant contestant, ThreadParams thread) {
        var random = new SplittableRandom(SEED + thread.getThreadIndex());
        sizes = SizePattern.webSocketProxy().draw(DRAWS, random);
        victims = random.ints(DRAWS, 0, live).toArray();
        buffers = new ByteBuf[live];
        for (int i = 0; i < live; i++) {
            buffers[i] = contestant.allocate(sizes[i]);
        }
    }

    @Benchmark
    public ByteBuf replaceOne(Contestant contestant) {
        int turn = this.turn;
        this.turn = (turn + 1) & (DRAWS - 1);
        int size = sizes[turn];
        int victim = victims[turn];
        buffers[victim].release();
        ByteBuf buffer = contestant.allocate(size);
        buffer.setByte(0, turn);
        buffer.setByte(size - 1, turn);
        buffers[victim] = buffer;
        return buffer;
    }

    @TearDown(Level.Trial)
    public void releaseAll() {
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }
}
