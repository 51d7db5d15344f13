package io.forebay.pool;

import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who waits in a tree of budgets, and when they are let in. One per tree. */
final class BudgetQueue {
    /*
     * The idea. Every waiter stands at one budget of its path: the lowest that lacks room for it, or at which an earlier
     * one stands. Nobody who came later passes that budget, by waiting or by tryReserve; budgets that nobody stands at
     * are open. So a waiter that lacks the bytes of its own tenant stops that tenant only, and one that lacks the
     * common bytes stops everybody until they are there for it.
     *
     *   enqueue:       stand at the own budget, then admit from there
     *   admit(from):   for each budget from there up to the root, while the first that stands there gets on:
     *                      it passes the whole path  ->  charge it, grant
     *                      it has to stand elsewhere  ->  move it there; if that is lower, go on from there
     *   gave back, grew, withdrew, failed at a budget:  admit(from that budget)
     *
     * Why nobody is forgotten. For each budget where someone stands, the first was looked at after it was written into
     * watched, and lacked room there at that moment. Whoever makes room there later reads watched after having made it,
     * and admits (see BudgetLevel). A waiter that moves is written into the new place before it leaves the old one, and
     * the new place is looked at again before the lock is released. The others there are behind the first and are
     * looked at when it leaves.
     *
     * Why the obvious versions fail. One list for all: a tenant at its limit stops the others. A list per budget that a
     * waiter is bound to: room in the parent appears, and children's lists each think that another one was woken.
     *
     * The lock guards the lines, sequence, and every change of a limit. Reserves and releases take it only where
     * somebody waits. Nothing of the user's runs under it but the clock.
     *
     * Non-invariants. A tryReserve that began before a waiter came may still get in before it. Where a waiter stands
     * need not be where it would stand by now, if it is not the first there.
     *
     * Limits. Lines are trees in the heap. Without room for a node a request fails with OutOfMemoryError: it throws if it
     * was about to wait, and its listener is told if it waited and was to move. What else a decision takes was there
     * before, so whoever gives bytes back sees nothing of that. (Argued, not tested: no test has such a heap at hand.)
     */
    private final ReentrantLock lock = new ReentrantLock();
    private final Deliveries deliveries = new Deliveries();
    private final LongSupplier nanoClock;
    private long sequence;

    BudgetQueue(LongSupplier nanoClock) {
        this.nanoClock = Objects.requireNonNull(nanoClock, "nanoClock");
    }

    /** Grants the request at once, or has it wait. */
    void request(BudgetWaiter waiter) {
        try {
            if (waiter.budget().charge(waiter.bytes()) == null) {
                waiter.waitingToDecided(null);
                deliveries.add(waiter);
            } else {
                enqueue(waiter);
            }
            for (MemoryBudget at = waiter.budget(); at != null; at = at.parent) {
                at.counts.requests.increment();
            }
        } finally {
            deliveries.drain();
        }
    }

    private void enqueue(BudgetWaiter waiter) {
        lock.lock();
        try {
            requirePossible(waiter);
            waiter.sequence = ++sequence;
            waiter.sinceNanos = nanoClock.getAsLong();
            lineUp(waiter);
        } catch (OutOfMemoryError noRoom) {
            if (waiter.isWaiting()) { // else its listener is told
                leave(waiter);
                waiter.waitingToWithdrawn();
                throw noRoom;
            }
        } finally {
            lock.unlock();
        }
    }

    private void lineUp(BudgetWaiter waiter) {
        MemoryBudget budget = waiter.budget();
        for (MemoryBudget at = budget; at != null; at = at.parent) {
            at.line.join(waiter);
        }
        waiter.standsAt = budget;
        budget.line.stand(waiter);
        admitFrom(budget);
        if (waiter.isWaiting()) {
            beginWait(waiter);
        }
    }

    private static void requirePossible(BudgetWaiter waiter) {
        waiter.budget().requireOpen();
        for (MemoryBudget at = waiter.budget(); at != null; at = at.parent) {
            if (waiter.bytes() > at.level.cap()) {
                throw at.exceeded(waiter.bytes());
            }
        }
    }

    private void beginWait(BudgetWaiter waiter) {
        if (waiter.heldBytes() > 0) { // who holds nothing cannot make a deadlock of what was none
            failHopeless(waiter.budget());
        }
        for (MemoryBudget at = waiter.budget(); at != null; at = at.parent) {
            at.counts.waits.increment();
        }
    }

    /** Lets in whom it can, after bytes came back to a budget and all above it. */
    void admit(MemoryBudget from) {
        lock.lock();
        try {
            admitFrom(from);
        } finally {
            lock.unlock();
            deliveries.drain();
        }
    }

    private void admitFrom(MemoryBudget from) {
        MemoryBudget at = from;
        while (at != null) {
            BudgetWaiter first = at.line.first();
            MemoryBudget obstacle = first == null ? at : passPath(first);
            if (first == null || obstacle == at) {
                at = at.parent;
            } else if (obstacle == null) {
                decide(first, null);
            } else {
                move(first, obstacle);
                at = obstacle.depth > at.depth ? obstacle : at;
            }
        }
    }

    /** Charges the waiter's whole path, or returns the budget where it has to stand. */
    private static @Nullable MemoryBudget passPath(BudgetWaiter waiter) {
        for (MemoryBudget at = waiter.budget(); at != null; at = at.parent) {
            if (at.line.hasEarlierThan(waiter) || !at.level.hasRoom(waiter.bytes())) {
                return at;
            }
        }
        return waiter.budget().takeAll(waiter.bytes());
    }

    /** Or fails it, where the heap has no room for its new place: to stay would be to be forgotten. */
    private void move(BudgetWaiter waiter, MemoryBudget to) {
        MemoryBudget from = waiter.standsAt;
        try {
            to.line.stand(waiter);
        } catch (OutOfMemoryError noRoom) {
            decide(waiter, noRoom);
            return;
        }
        waiter.standsAt = to;
        from.line.stepAside(waiter);
    }

    private void decide(BudgetWaiter waiter, @Nullable Throwable failure) {
        leave(waiter);
        waiter.waitingToDecided(failure);
        deliveries.add(waiter);
    }

    private static void leave(BudgetWaiter waiter) {
        waiter.standsAt.line.stepAside(waiter);
        for (MemoryBudget at = waiter.budget(); at != null; at = at.parent) {
            at.line.leave(waiter);
        }
    }

    /** Takes the waiter out if nothing is decided yet, which may let in those behind it. */
    boolean withdrawWaiting(BudgetWaiter waiter) {
        lock.lock();
        try {
            if (!waiter.isWaiting()) {
                return false;
            }
            leave(waiter);
            waiter.waitingToWithdrawn();
            admitFrom(waiter.budget());
        } finally {
            lock.unlock();
            deliveries.drain();
        }
        return true;
    }

    void setLimit(MemoryBudget budget, long limitBytes) {
        lock.lock();
        try {
            budget.requireOpen();
            boolean shrinks = limitBytes < budget.limit();
            budget.level.setLimit(limitBytes);
            long cap = budget.level.cap();
            for (BudgetWaiter waiter : budget.line.through()) {
                if (waiter.isWaiting() && waiter.bytes() > cap) {
                    fail(waiter, budget.exceeded(waiter.bytes()));
                }
            }
            admitFrom(budget);
            if (shrinks) {
                failHopeless(budget);
            }
        } finally {
            lock.unlock();
            deliveries.drain();
        }
    }

    void close(MemoryBudget budget) {
        lock.lock();
        try {
            budget.level.close();
            for (BudgetWaiter waiter : budget.line.through()) {
                fail(waiter, budget.closed());
            }
        } finally {
            lock.unlock();
            deliveries.drain();
        }
    }

    /** To be called when an account that waits has come to hold more. */
    void endDeadlocks(MemoryBudget budget) {
        lock.lock();
        try {
            failHopeless(budget);
        } finally {
            lock.unlock();
            deliveries.drain();
        }
    }

    private void failHopeless(MemoryBudget budget) {
        MemoryBudget root = budget.root();
        BudgetWaiter victim = HoldAndWait.victim(root.line.through());
        while (victim != null) {
            fail(victim, victim.deadlock());
            victim = HoldAndWait.victim(root.line.through());
        }
    }

    private void fail(BudgetWaiter waiter, RuntimeException failure) {
        decide(waiter, failure);
        admitFrom(waiter.budget());
    }

    /** What a reader wants to know of a line. */
    <V> V read(Supplier<V> reading) {
        lock.lock();
        try {
            return reading.get();
        } finally {
            lock.unlock();
        }
    }

    long nowNanos() {
        return nanoClock.getAsLong();
    }
}
