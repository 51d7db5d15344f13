package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What does it cost to read and write a live buffer, next to a plain, unpooled one of Netty? */
@State(Scope.Thread)
public class AccessBenchmark extends EventLoopBenchmark {
    private static final int BYTES = 4096;
    private static final int LONGS = BYTES / Long.BYTES;
    private static final int STRIDE = 33 * Long.BYTES; // visits every long once; a compiler cannot vectorize it

    private static final int PLACE_STEP = 1201; // odd: in 4096 steps all places

    /** As in {@link Contestant}, but wider: unpooled is the yardstick here. */
    @Param
    public AllocatorKind subject;

    @Param
    public MemoryKind memory;

    private final byte[] array = new byte[2 * BYTES];
    private int place; // of the copy in the array
    private Contestant contestant;
    private ByteBuf buffer;

    @Setup(Level.Trial)
    public void allocate() {
        contestant = new Contestant();
        contestant.subject = subject;
        contestant.memory = memory;
        contestant.create();
        buffer = contestant.allocate(BYTES);
        for (int index = 0; index < BYTES; index += Long.BYTES) {
            buffer.setLong(index, next(index));
        }
    }

    /** Each read says where the next one is, so that none can be left out or done in advance. */
    @Benchmark
    @OperationsPerInvocation(LONGS)
    public int getLong() {
        ByteBuf buffer = this.buffer;
        int index = 0;
        for (int i = 0; i < LONGS; i++) {
            index = (int) buffer.getLong(index);
        }
        return index;
    }

    @Benchmark
    @OperationsPerInvocation(LONGS)
    public ByteBuf setLong() {
        ByteBuf buffer = this.buffer;
        int index = 0;
        for (int i = 0; i < LONGS; i++) {
            int next = next(index);
            buffer.setLong(index, next);
            index = next;
        }
        return buffer;
    }

    private static int next(int index) {
        return (index + STRIDE) & (BYTES - 1);
    }

    @Benchmark
    public byte[] copyOut4KiB() {
        buffer.getBytes(0, array, nextPlace(), BYTES);
        return array;
    }

    @Benchmark
    public ByteBuf copyIn4KiB() {
        return buffer.setBytes(0, array, nextPlace(), BYTES);
    }

    /**
     * Another one each time, until all were: how the array lies to the buffer, by lines and within pages, makes a factor of
     * two, and is a matter of luck where it stays the same.
     */
    private int nextPlace() {
        place = (place + PLACE_STEP) & (BYTES - 1);
        return place;
    }

    @TearDown(Level.Trial)
    public void release() throws Exception {
        buffer.release();
        contestant.close();
    }
}
