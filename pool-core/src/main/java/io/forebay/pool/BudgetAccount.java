package io.forebay.pool;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Charges a {@link MemoryBudget} in the name of one user that holds on to its bytes while it waits for more, such as a
 * decoder with half a frame. Since the budget then knows who holds what, such users cannot wait for one another for
 * ever: the newest request of those that could never be met fails with {@link BudgetDeadlockException}, as soon as that
 * is so.
 *
 * <p><b>The promise.</b> An account gives nothing back while its request waits. The search for deadlocks relies on it:
 * a request of an account that breaks it may fail though it would have been granted in the end.
 *
 * <p><b>Ownership.</b> What is reserved through an account is released through it. An account has no end: one that holds
 * nothing and does not wait is simply dropped.
 *
 * <p>Thread-safe. Beyond the budget's own cost, a reserve or release costs one atomic addition, and a request that has
 * to wait while the account holds something a look at every waiter of the tree, under its lock.
 *
 * <p><b>When not to use it.</b> For users whose bytes come back by themselves while they wait, such as a pipeline with
 * buffers on their way to a socket: they would be accused wrongly. They use the budget itself.
 */
public final class BudgetAccount {
    private final MemoryBudget budget;
    private final String name;
    private final AtomicLong held = new AtomicLong();
    private final AtomicReference<@Nullable BudgetWaiter> request = new AtomicReference<>(); // the latest

    BudgetAccount(MemoryBudget budget, String name) {
        this.budget = budget;
        this.name = Objects.requireNonNull(name, "name");
    }

    public MemoryBudget budget() {
        return budget;
    }

    public String name() {
        return name;
    }

    /** How many bytes this account has reserved and not released. */
    public long held() {
        return held.get();
    }

    /** As {@link MemoryBudget#tryReserve}. */
    public boolean tryReserve(long bytes) {
        if (!budget.tryReserve(bytes)) {
            return false;
        }
        held.addAndGet(bytes);
        BudgetWaiter request = this.request.get(); // after the addition: a request that begins later sees the bytes
        if (request != null && request.isWaiting()) {
            endDeadlocks(bytes);
        }
        return true;
    }

    private void endDeadlocks(long reserved) {
        try {
            budget.queue.endDeadlocks(budget);
        } catch (OutOfMemoryError noRoomToSearch) {
            release(reserved); // the caller does not get them
            throw noRoomToSearch;
        }
    }

    /**
     * As {@link MemoryBudget#reserveAsync}, but may also fail with {@link BudgetDeadlockException}, through the
     * listener.
     *
     * @throws IllegalStateException if a request of this account waits already, or as by the budget
     */
    public BudgetWaiter reserveAsync(long bytes, Executor executor, BudgetListener listener) {
        MemoryBudget.requirePositive(bytes);
        BudgetWaiter latest = request.get();
        BudgetWaiter next = new BudgetWaiter(budget, this, bytes, executor, listener);
        boolean waits = latest != null && latest.isWaiting();
        if (waits || !request.compareAndSet(latest, next)) {
            throw new IllegalStateException("account '" + name + "' waits already");
        }
        try {
            budget.queue.request(next);
        } catch (RuntimeException | Error refusedOrNoRoom) {
            request.compareAndSet(next, null); // another one may have come since it stopped waiting
            throw refusedOrNoRoom;
        }
        return next;
    }

    /**
     * As {@link MemoryBudget#release}.
     *
     * @throws IllegalStateException if this account holds fewer bytes; nothing is changed
     */
    public void release(long bytes) {
        MemoryBudget.requirePositive(bytes);
        while (true) {
            long held = this.held.get();
            if (bytes > held) {
                throw new IllegalStateException("released more than is held (released twice?): account '" + name
                        + "' of budget '" + budget.name() + "', released=" + bytes + ", held=" + held);
            }
            if (this.held.compareAndSet(held, held - bytes)) {
                break;
            }
            Thread.onSpinWait();
        }
        budget.release(bytes);
    }

    /** Under the tree's lock, or before anybody else knows of the request. */
    void granted(long bytes) {
        held.addAndGet(bytes);
    }

    @Override
    public String toString() {
        return "account '" + name + "' of budget '" + budget.name() + "': " + held() + " bytes held";
    }
}
