package io.forebay.benchmarks.pool;

import io.forebay.benchmarks.EventLoopBenchmark;
import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does a get cost that looks into every slot and finds something in the last? All that is idle lies in the chain of
 * one thread's slot, which puts it back before each invocation, outside the time measured; the other slots are empty, as
 * in {@link PoolSearchBenchmark}. The score is the time of a batch of 32: one get that searches and steals it, and the 31
 * that the private stack then serves.
 */
@State(Scope.Thread)
public class PoolStealBenchmark extends EventLoopBenchmark {
    static final int BATCH = 32; // half a private stack
    private static final int BATCHES = 128;

    @Param({"1", "8", "16", "32", "64"})
    public int others;

    private final PoolItem[] held = new PoolItem[BATCHES * BATCH];
    private Pool<PoolItem> pool;
    private Slot<PoolItem> thief;
    private Slot<PoolItem> victim;
    private ExecutorService victimOwner;

    /** The thief's slot is the last, so that its search ends with the last but one: the victim's. */
    @Setup(Level.Iteration)
    public void attach() throws Exception {
        pool = Pool.builder(PoolItem::new)
                .maxPrivateItems(2 * BATCH)
                .cyclesByHand()
                .build();
        for (int i = 1; i < others; i++) {
            Thread owner = new Thread(() -> pool.attach(Runnable::run)); // no cycle is turned: the slot stays
            owner.start();
            owner.join();
        }
        victimOwner = Executors.newSingleThreadExecutor();
        victim = victimOwner.submit(this::attachVictim).get();
        thief = pool.attach(Runnable::run);
        steal(); // nothing is there yet: all are made
    }

    /** With a full private stack: so what is put from now on goes to the chain, batch by batch. */
    private Slot<PoolItem> attachVictim() {
        Slot<PoolItem> slot = pool.attach(victimOwner);
        var own = new PoolItem[2 * BATCH];
        for (int i = 0; i < own.length; i++) {
            own[i] = slot.get();
        }
        for (PoolItem item : own) {
            slot.put(item);
        }
        return slot;
    }

    @Setup(Level.Invocation)
    public void putBack() throws Exception {
        victimOwner.submit(this::putHeld).get();
    }

    private void putHeld() {
        for (PoolItem item : held) {
            victim.put(item);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCHES)
    public PoolItem[] steal() {
        for (int i = 0; i < held.length; i++) {
            held[i] = thief.get();
        }
        return held;
    }

    @TearDown(Level.Iteration)
    public void close() {
        long created = pool.stats().created();
        pool.close();
        victimOwner.shutdown(); // once it has let go of what its slot holds
        if (created != held.length + 2 * BATCH) {
            throw new IllegalStateException("not all was stolen: created=" + created);
        }
    }
}
