package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does it cost to put an item and get one again? The score is the time of the pair. */
@State(Scope.Benchmark)
public class PoolGetPutBenchmark extends EventLoopBenchmark {
    /** One worker's way into the pool, and the one item that it has out. */
    @State(Scope.Thread)
    public static class Hand {
        private PoolAccess access;
        private PoolItem item;

        /** On the worker's own thread, as a slot belongs to a thread. */
        @Setup(Level.Iteration)
        public void enter(PoolContestant contestant) {
            access = contestant.enter();
            if (item == null) {
                item = access.get();
            }
        }
    }

    @Benchmark
    public PoolItem putGet(Hand hand) {
        hand.access.put(hand.item);
        PoolItem item = hand.access.get();
        hand.item = item;
        return item;
    }
}
