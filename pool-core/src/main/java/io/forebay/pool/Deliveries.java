package io.forebay.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Gives decided waiters to their executors, one after another in the order of the decisions. */
final class Deliveries {
    /*
     * One thread at a time works them off; others leave theirs to it. So executors see the order of the decisions,
     * and a listener on a direct executor that releases, whereby the next waiter is let in, and so on, does not pile up
     * stack: its release finds them being worked off.
     *
     *   add:      link the waiter to the newest, CAS it there
     *   at work:  take all there are, turn them over, dispatch one by one
     *
     * They are linked through the waiters themselves, as to add one must not fail for want of memory: its bytes are
     * charged by then. Each is added once in its life, and all are taken at once, so there is no ABA. What is yet to be
     * dispatched stays in a field, so that nothing is lost if an uncaught-exception handler throws.
     *
     * Who may touch what: newest any thread by CAS; next the thread at work; BudgetWaiter.linked its adder until the CAS,
     * then the thread at work.
     */
    private final AtomicReference<@Nullable BudgetWaiter> newest = new AtomicReference<>();
    private volatile @Nullable BudgetWaiter next; // the oldest of those that were taken
    private final AtomicInteger asked = new AtomicInteger(); // calls of drain that the thread at work has not yet met

    /** Under the tree's lock, or for a waiter that never waited. */
    void add(BudgetWaiter waiter) {
        while (true) {
            BudgetWaiter newest = this.newest.get();
            waiter.linked = newest;
            if (this.newest.compareAndSet(newest, waiter)) { // hands it over
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** Outside the tree's lock. */
    void drain() {
        // Both empty in between, while those taken are turned over: then another thread is at work.
        if ((newest.get() == null && next == null) || asked.getAndIncrement() != 0) {
            return;
        }
        boolean done = false;
        try {
            int met = 1;
            while (met != 0) {
                dispatchAll();
                met = asked.addAndGet(-met);
            }
            done = true;
        } finally {
            if (!done) {
                asked.set(0); // an uncaught-exception handler threw: the next to come goes on
            }
        }
    }

    private void dispatchAll() {
        BudgetWaiter waiter = poll();
        while (waiter != null) {
            waiter.dispatch();
            waiter = poll();
        }
    }

    private @Nullable BudgetWaiter poll() {
        BudgetWaiter first = next;
        if (first == null) {
            first = oldestFirst(newest.getAndSet(null));
        }
        if (first != null) {
            next = first.linked;
            first.linked = null;
        }
        return first;
    }

    private static @Nullable BudgetWaiter oldestFirst(@Nullable BudgetWaiter newest) {
        BudgetWaiter first = null;
        BudgetWaiter at = newest;
        while (at != null) {
            BudgetWaiter older = at.linked;
            at.linked = first;
            first = at;
            at = older;
        }
        return first;
    }
}
