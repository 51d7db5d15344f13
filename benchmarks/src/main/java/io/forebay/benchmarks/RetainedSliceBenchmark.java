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

/** What does a frame cost, in time and garbage, that a decoder cuts out of a buffer? */
@State(Scope.Benchmark)
public class RetainedSliceBenchmark extends EventLoopBenchmark {
    @Param({"1024", "65536"})
    public int size;

    /** The frames that were handed on and are not released yet. They can be met outside of the method, so each is an object. */
    @State(Scope.Thread)
    public static class Frames {
        private static final int LIVE = 8; // four buffers' frames; a power of two

        private final ByteBuf[] live = new ByteBuf[LIVE];
        private int turn;

        /** Slices from the start, so that a release meets no other type. */
        @Setup(Level.Trial)
        public void fill(Contestant contestant, RetainedSliceBenchmark question) {
            for (int i = 0; i < LIVE; i++) {
                ByteBuf buffer = contestant.allocate(question.size);
                live[i] = buffer.retainedSlice();
                buffer.release();
            }
        }

        /** Hands on one frame; the one that has been out for longest is released. */
        void handOn(ByteBuf frame) {
            int place = turn++ & (LIVE - 1);
            live[place].release();
            live[place] = frame;
        }

        @TearDown(Level.Trial)
        public void releaseAll() {
            for (ByteBuf frame : live) {
                frame.release();
            }
        }
    }

    /** The slice stays in the method: a compiler may find that it need not exist. */
    @Benchmark
    public boolean allocateSliceRelease(Contestant contestant) {
        ByteBuf buffer = contestant.allocate(size);
        ByteBuf slice = buffer.retainedSlice(0, size / 2);
        buffer.release();
        return slice.release();
    }

    /** Two frames of one buffer are handed on, and released when those of four more buffers have been. The score is for a frame. */
    @Benchmark
    @OperationsPerInvocation(2)
    public void allocateSliceHandOn(Contestant contestant, Frames frames) {
        ByteBuf buffer = contestant.allocate(size);
        ByteBuf first = buffer.retainedSlice(0, size / 2);
        ByteBuf second = buffer.retainedSlice(size / 2, size / 2);
        buffer.release();
        frames.handOn(first);
        frames.handOn(second);
    }
}
