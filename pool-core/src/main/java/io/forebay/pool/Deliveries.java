package io.forebay.pool;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Gives decided waiters to their executors, one after another in the order of the decisions. */
final class Deliveries {
    /*
     * One thread at a time works off the queue; others leave theirs to it. So executors see the order of the decisions,
     * and a listener on a direct executor that releases, whereby the next waiter is let in, and so on, does not pile up
     * stack: its release finds the queue being worked off.
     */
    private final ConcurrentLinkedQueue<BudgetWaiter> decided = new ConcurrentLinkedQueue<>();
    private final AtomicInteger asked = new AtomicInteger(); // calls of drain that the thread at work has not yet met

    /** Under the tree's lock, or for a waiter that never waited. */
    void add(BudgetWaiter waiter) {
        decided.add(waiter);
    }

    /** Outside the tree's lock. */
    void drain() {
        if (decided.isEmpty() || asked.getAndIncrement() != 0) {
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
        BudgetWaiter next = decided.poll();
        while (next != null) {
            next.dispatch();
            next = decided.poll();
        }
    }
}
