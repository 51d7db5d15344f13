package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Control;

/** What does a buffer cost that one event loop allocates and another releases? The score is the time per hand-off. */
@State(Scope.Benchmark)
public class HandOffBenchmark extends EventLoopBenchmark {
    @Param({"1024", "65536"})
    public int size;

    /** What is on its way from the one loop to the other. */
    @State(Scope.Group)
    public static class Transit {
        private final HandOffRing ring = new HandOffRing();

        /** Nobody runs any more; what the consumer did not fetch must not leak. */
        @TearDown(Level.Iteration)
        public void releaseAll() {
            ring.drain(ByteBuf::release);
        }
    }

    /** How far one side has come; a state of its own, so that the two sides share no cache line but the ring's. */
    @State(Scope.Thread)
    public static class Cursor {
        private int position;

        @Setup(Level.Iteration)
        public void rewind() {
            position = 0;
        }
    }

    @Benchmark
    @Group("handOff")
    @GroupThreads(1)
    public void produce(Contestant contestant, Transit transit, Cursor cursor, Control control) {
        ByteBuf buffer = contestant.allocate(size);
        while (!transit.ring.offer(cursor.position, buffer)) {
            if (control.stopMeasurement) {
                buffer.release();
                return;
            }
            Thread.onSpinWait();
        }
        cursor.position++;
    }

    @Benchmark
    @Group("handOff")
    @GroupThreads(1)
    public void consume(Transit transit, Cursor cursor, Control control) {
        @Nullable ByteBuf buffer = transit.ring.poll(cursor.position);
        while (buffer == null) {
            if (control.stopMeasurement) {
                return;
            }
            Thread.onSpinWait();
            buffer = transit.ring.poll(cursor.position);
        }
        cursor.position++;
        buffer.release();
    }
}
