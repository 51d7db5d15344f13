package io.forebay.pool;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A request for bytes of a {@link MemoryBudget} that may have to wait, and the means to withdraw it. It ends in exactly
 * one way: its listener is told that the bytes are granted, or that they will not be, or it is withdrawn and its
 * listener never hears of it. Thread-safe.
 */
public final class BudgetWaiter {
    /*
     *   WAITING --lock--> DECIDED --CAS, on the executor--> DELIVERED
     *      |                 |
     *      '------lock-------'--------------CAS-----------> WITHDRAWN
     *
     * From the decision to grant until the CAS that leaves DECIDED the bytes are charged to the waiter and belong to
     * nobody else. Whoever wins that CAS has them: the listener, or the withdrawal (or the executor's refusal), which
     * gives them back.
     */
    private static final int WAITING = 0; // in the queue, or on its way there
    private static final int DECIDED = 1; // granted if failure is null, else failed; the listener does not know yet
    private static final int DELIVERED = 2; // the listener has been told, or is being told
    private static final int WITHDRAWN = 3; // the listener will not be told

    private static final VarHandle STATE =
            fieldVarHandle(lookup(), "state", VarHandle.class, BudgetWaiter.class, int.class);

    private final MemoryBudget budget;
    private final @Nullable BudgetAccount account;
    private final long bytes;
    private final Executor executor;
    private final BudgetListener listener;
    private volatile int state;
    private @Nullable Throwable failure; // written before DECIDED, read after

    /** Once it is decided, the one before or after it: see {@link Deliveries}. */
    @Nullable
    BudgetWaiter linked;

    // Under the tree's lock.
    long sequence;
    long sinceNanos;
    MemoryBudget standsAt;

    BudgetWaiter(
            MemoryBudget budget,
            @Nullable BudgetAccount account,
            long bytes,
            Executor executor,
            BudgetListener listener) {
        this.budget = budget;
        this.account = account;
        this.bytes = bytes;
        this.executor = Objects.requireNonNull(executor, "executor");
        this.listener = Objects.requireNonNull(listener, "listener");
        this.standsAt = budget;
    }

    /** The budget that was asked. */
    public MemoryBudget budget() {
        return budget;
    }

    /** How many bytes were asked for: what is granted, all or nothing. */
    public long bytes() {
        return bytes;
    }

    /** Whether nothing is decided yet. */
    public boolean isWaiting() {
        return state == WAITING;
    }

    /**
     * Withdraws the request. If true is returned, the listener is not called, now or later, and nothing is charged:
     * bytes that were already granted, but not yet told of, are back. If false, the listener has been called, or is
     * being called, or the request was withdrawn before.
     */
    public boolean cancel() {
        return withdraw(/* late= */ false);
    }

    /** As {@link #cancel}, but counted as a timeout. Forebay keeps no timer: the caller's calls this. */
    public boolean timeOut() {
        return withdraw(/* late= */ true);
    }

    private boolean withdraw(boolean late) {
        if (!budget.queue.withdrawWaiting(this) && !withdrawDecided()) {
            return false;
        }
        for (MemoryBudget at = budget; at != null; at = at.parent) {
            (late ? at.counts.timeouts : at.counts.cancels).increment();
        }
        return true;
    }

    private boolean withdrawDecided() {
        if (!STATE.compareAndSet(this, DECIDED, WITHDRAWN)) { // the bytes, if any, are the caller's from here
            return false;
        }
        if (failure == null) {
            giveBack();
        }
        return true;
    }

    /** Under the tree's lock. */
    void waitingToWithdrawn() {
        state = WITHDRAWN;
    }

    /** Under the tree's lock, or before the waiter is known to any other thread; a null failure is a grant. */
    void waitingToDecided(@Nullable Throwable failure) {
        if (failure == null && account != null) {
            account.granted(bytes);
        }
        this.failure = failure;
        state = DECIDED;
    }

    /** What the account holds that will not come back while this waits. */
    long heldBytes() {
        return account == null ? 0 : account.held();
    }

    BudgetDeadlockException deadlock() {
        String accountName = account == null ? "none" : account.name();
        return new BudgetDeadlockException(standsAt.name(), accountName, bytes, heldBytes(), standsAt.limit());
    }

    /** Outside the tree's lock, one waiter of a tree at a time. */
    void dispatch() {
        try {
            executor.execute(this::deliver);
        } catch (Throwable thrown) { // a refusal is told to the listener, and the listener's own failure to the handler
            undelivered(thrown);
        }
    }

    private void deliver() {
        if (!STATE.compareAndSet(this, DECIDED, DELIVERED)) { // the bytes, if any, are the listener's from here
            return;
        }
        Throwable failure = this.failure;
        if (failure != null) {
            tell(failure);
            return;
        }
        for (MemoryBudget at = budget; at != null; at = at.parent) {
            at.counts.grants.increment();
        }
        listener.granted(this);
    }

    private void undelivered(Throwable thrown) {
        if (STATE.compareAndSet(this, DECIDED, DELIVERED)) { // the executor did not and will not run it
            try {
                tell(refused(thrown));
            } catch (Throwable failure) { // goes to the handler: it must not keep others from their bytes
                toHandler(failure);
            }
        } else if (state == DELIVERED) { // the listener threw, on an executor that runs tasks at once
            toHandler(thrown);
        }
    }

    private Throwable refused(Throwable thrown) {
        Throwable failure = this.failure;
        if (failure == null) {
            giveBack();
            return thrown;
        }
        failure.addSuppressed(thrown);
        return failure;
    }

    private void tell(Throwable failure) {
        for (MemoryBudget at = budget; at != null; at = at.parent) {
            at.counts.failures.increment();
        }
        listener.failed(this, failure);
    }

    private void giveBack() {
        if (account != null) {
            account.release(bytes);
        } else {
            budget.release(bytes);
        }
    }

    private static void toHandler(Throwable failure) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
    }

    @Override
    public String toString() {
        String is = switch (state) {
            case WAITING -> "waiting";
            case DECIDED -> "decided";
            case DELIVERED -> "delivered";
            case WITHDRAWN -> "withdrawn";
            default -> throw new IllegalStateException("state=" + state);
        };
        return "request for " + bytes + " bytes of budget '" + budget.name() + "', " + is;
    }
}
