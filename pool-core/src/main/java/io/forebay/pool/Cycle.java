package io.forebay.pool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The turns of a pool's reclaim clock, and its end. */
final class Cycle<T> {
    /*
     * The lock makes turns, drains and the close follow one another, and makes its holder the holder of every slot that
     * lost its owner. No get or put ever takes it.
     *
     * Close against put. A put that fills a private stack or a chain after the close would be stranded, so:
     *   a striped put looks at closed inside its claim, and close drains each stripe inside a claim, after it has set
     *   closed: a put before that claim is drained, a put after it sees closed;
     *   an owned put happens on the owner, where the drain task runs too: before it, it is drained; after it, the private
     *   stack has no room and the slow path sees closed. The task empties the chain too, as a put that saw the pool open
     *   may spill there after close has emptied it. An owner that detaches first has moved its stack to the chain: it
     *   looks at closed after that, and drains.
     */
    private final Pool<T> pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private volatile boolean closed;

    Cycle(Pool<T> pool) {
        this.pool = pool;
    }

    void turn() {
        if (closed) {
            drain();
        } else {
            forEachSlot(Ageing::cycle);
        }
    }

    void drain() {
        forEachSlot(Ageing::drain);
    }

    /** An executor that fails must not keep the other slots from their turn: its failure is thrown last. */
    private void forEachSlot(Consumer<Ageing<T>> step) {
        RuntimeException failure = null;
        lock.lock();
        try {
            if (pool.watch != null) {
                pool.watch.drainHeld(pool.destroyer);
            }
            for (Slot<T> slot : pool.allSlots()) {
                failure = attempt(step, slot.ageing, failure);
            }
            pool.prune();
        } finally {
            lock.unlock();
        }
        pool.destroyer.flush();
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable RuntimeException attempt(
            Consumer<Ageing<T>> step, Ageing<T> ageing, @Nullable RuntimeException before) {
        try {
            step.accept(ageing);
            return before;
        } catch (RuntimeException e) {
            if (before == null) {
                return e;
            }
            before.addSuppressed(e);
            return before;
        }
    }

    void close() {
        closed = true;
        try {
            drain();
        } finally {
            checkTerminated();
        }
    }

    boolean isClosed() {
        return closed;
    }

    CompletionStage<Void> termination() {
        return terminated.minimalCompletionStage();
    }

    /** Called whenever the last item may have gone. */
    void checkTerminated() {
        if (closed && !terminated.isDone() && pool.isSpent()) {
            pool.leaveClock();
            terminated.complete(null);
        }
    }
}
