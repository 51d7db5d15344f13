package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How long does a cycle on another thread hold up the owner of a slot? The owner puts and gets 100 items, which reaches
 * beyond its private stack, and runs what the cycle asks of it within the time measured. Each iteration begins with
 * 100,000 more items idle in its slot, which the second cycle destroys; later cycles find little. Compare the
 * percentiles and the maximum with those of the same work without cycles: what machine and collector do is in both.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PoolCyclePauseBenchmark extends EventLoopBenchmark {
    @Param("100000")
    public int idleItems;

    @Param({"false", "true"})
    public boolean cycling;

    private final PoolItem[] held = new PoolItem[PoolWorker.ITEMS];
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private Pool<PoolItem> pool;
    private Slot<PoolItem> slot;
    private @Nullable Cycler cycler;

    @Setup(Level.Iteration)
    public void fill() {
        pool = Pool.builder(PoolItem::new).cyclesByHand().build();
        slot = pool.attach(mailbox::add);
        for (int i = 0; i < idleItems; i++) {
            pool.add(new PoolItem());
        }
        for (int i = 0; i < held.length; i++) {
            held[i] = slot.get();
        }
        if (cycling) {
            cycler = new Cycler(pool);
        }
    }

    @Benchmark
    public void putAllGetAll() {
        for (PoolItem item : held) {
            slot.put(item);
        }
        for (int i = 0; i < held.length; i++) {
            held[i] = slot.get();
        }
        runMailbox();
    }

    private void runMailbox() {
        @Nullable Runnable task = mailbox.poll();
        while (task != null) {
            task.run();
            task = mailbox.poll();
        }
    }

    @TearDown(Level.Iteration)
    public void stop() throws Exception {
        if (cycler != null) {
            cycler.stop();
            cycler = null;
        }
        slot.detach();
        runMailbox();
        pool.close();
    }
}
