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
     *
     * Pressure. A reclaim destroys what it can get at; what owners keep for themselves follows on their threads, too late
     * for who asked. So from the first reclaim on, until a whole cycle went by without one, the private stacks are closed:
     * what is put goes to the chains, where any thread finds it. The reclaim sets pressed, then looks at each slot's
     * privateClosed; who opens a stack says so, then looks at pressed: one of the two sees the other.
     */
    private final Pool<T> pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private volatile boolean closed;
    private volatile boolean pressed; // written under the lock
    private volatile boolean reclaimed; // since the last turn; written under the lock

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
            pressed = reclaimed;
            reclaimed = false;
        } finally {
            lock.unlock();
        }
        forEachSlot(Ageing::cycle);
    }

    /** From here on what becomes idle stays within reach. */
    void press() {
        if (pressed && reclaimed) {
            return;
        }
        lock.lock();
        try {
            reclaimed = true;
            pressed = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isPressed() {
        return pressed;
    }

    void drain() {
        forEachSlot(Ageing::drain);
    }

    /** For a caller that destroys what is let go itself: nobody is woken who would still be at a part of it then. */
    void drainUnflushed() {
        forEachSlotUnflushed(Ageing::drain);
    }

    private void forEachSlot(Consumer<Ageing<T>> step) {
        try {
            forEachSlotUnflushed(step);
        } finally {
            pool.destroyer.flush();
        }
    }

    /** An executor that fails must not keep the other slots from their turn: its failure is thrown last. */
    private void forEachSlotUnflushed(Consumer<Ageing<T>> step) {
        Throwable failure = null;
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
        rethrow(failure);
    }

    @SuppressWarnings("ReferenceEquality") // the very one: nothing may be added to itself
    private @Nullable Throwable attempt(Consumer<Ageing<T>> step, Ageing<T> ageing, @Nullable Throwable before) {
        try {
            step.accept(ageing);
            return before;
        } catch (RuntimeException e) {
            if (before == null) {
                return e;
            }
            if (before != e) {
                before.addSuppressed(e);
            }
            return before;
        } catch (Error e) { // not added to another: that takes memory, which may be what there is none of
            return before == null ? e : before;
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
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
