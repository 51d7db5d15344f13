package io.forebay.benchmarks.pool;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One worker's way into the pool, and the items it has out: none at first, so a question fills its hands itself. */
@State(Scope.Thread)
public class PoolWorker {
    static final int ITEMS = 100;

    private final PoolItem[] held = new PoolItem[ITEMS];
    private int count;
    private PoolAccess access;

    /** On the worker's own thread, as a slot belongs to a thread. */
    @Setup(Level.Iteration)
    public void enter(PoolContestant contestant) {
        access = contestant.enter();
    }

    /** Gets until {@code items} are held. */
    PoolItem[] fill(int items) {
        while (count < items) {
            held[count] = access.get();
            count++;
        }
        return held;
    }

    /** Puts {@code items} of those held. */
    void put(int items) {
        for (int i = 0; i < items; i++) {
            count--;
            access.put(held[count]);
        }
    }

    /** Forgets {@code items} of those held. */
    void forget(int items) {
        for (int i = 0; i < items; i++) {
            count--;
            access.forget(held[count]);
        }
    }
}
