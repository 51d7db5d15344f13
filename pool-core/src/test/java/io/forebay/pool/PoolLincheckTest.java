package io.forebay.pool;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;

/**
 * The pool's protocols under Lincheck's model checker, which chooses the interleavings of two threads step by step. What
 * must hold is conservation, not an order: a get may miss, and which item it takes is not promised.
 */
class PoolLincheckTest {
    /**
     * Per protocol, seconds; a detach that does not look at closed is found by these. The steps are alike on every JDK: one looks
     * at most.
     */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 100 : 400;

    /** The smallest pool in which every path is near: one stripe, one private item. */
    private static PoolBuilder<Integer> tiny(AtomicInteger made, AtomicInteger destroyed) {
        return Pool.<Integer>builder(made::incrementAndGet)
                .destructor(item -> destroyed.incrementAndGet())
                .maxPrivateItems(1)
                .maxStripes(1)
                .cyclesByHand();
    }

    private static void inParallel(Runnable first, Runnable second) {
        Thread other = new Thread(second);
        other.start();
        first.run();
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void requireTerminated(Pool<?> pool, AtomicInteger made, AtomicInteger destroyed) {
        if (!pool.termination().toCompletableFuture().isDone() || made.get() != destroyed.get()) {
            throw new AssertionError("made=" + made + ", destroyed=" + destroyed + ", " + pool);
        }
    }

    @Test
    void getsAndPutsOfTwoThreadsConserveTheItems() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            AtomicInteger made = new AtomicInteger();
            AtomicInteger destroyed = new AtomicInteger();
            Pool<Integer> pool = tiny(made, destroyed).build();
            Integer one = pool.get();
            Integer two = pool.get();
            inParallel(
                    () -> {
                        pool.put(one);
                        pool.put(pool.get());
                    },
                    () -> {
                        pool.put(two);
                        pool.put(pool.get());
                    });
            pool.close();
            requireTerminated(pool, made, destroyed);
        });
    }

    @Test
    void aCloseBesideAPutStrandsNothing() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            AtomicInteger made = new AtomicInteger();
            AtomicInteger destroyed = new AtomicInteger();
            Pool<Integer> pool = tiny(made, destroyed).build();
            Integer one = pool.get();
            Integer two = pool.get();
            inParallel(pool::close, () -> {
                pool.put(one);
                pool.put(two);
            });
            requireTerminated(pool, made, destroyed);
        });
    }

    @Test
    void aCloseBesideAnOwnerThatPutsAndDetachesStrandsNothing() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            AtomicInteger made = new AtomicInteger();
            AtomicInteger destroyed = new AtomicInteger();
            Pool<Integer> pool = tiny(made, destroyed).build();
            Integer one = pool.get();
            Integer two = pool.get();
            inParallel(pool::close, () -> putAndDetach(pool, one, two));
            requireTerminated(pool, made, destroyed);
        });
    }

    private static void putAndDetach(Pool<Integer> pool, Integer one, Integer two) {
        ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        try {
            Slot<Integer> slot = pool.attach(tasks::add);
            slot.put(one);
            slot.put(two);
            slot.detach();
        } catch (IllegalStateException closed) { // before it could attach
            pool.put(one);
            pool.put(two);
        }
    }
}
