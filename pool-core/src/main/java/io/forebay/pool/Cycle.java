package io.forebay.pool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;

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
     *   stack has no room and the slow path sees closed.
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
            return;
        }
        lock.lock();
        try {
            if (pool.watch != null) {
                pool.watch.drainHeld(pool.destroyer);
            }
            for (Slot<T> slot : pool.allSlots()) {
                slot.ageing.cycle();
            }
            pool.prune();
        } finally {
            lock.unlock();
        }
        pool.destroyer.flush();
    }

    void drain() {
        lock.lock();
        try {
            if (pool.watch != null) {
                pool.watch.drainHeld(pool.destroyer);
            }
            for (Slot<T> slot : pool.allSlots()) {
                slot.ageing.drain();
            }
            pool.prune();
        } finally {
            lock.unlock();
        }
        pool.destroyer.flush();
    }

    void close() {
        closed = true;
        drain();
        checkTerminated();
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
