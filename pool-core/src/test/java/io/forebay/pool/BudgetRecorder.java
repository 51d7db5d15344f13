package io.forebay.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A listener that notes what it is told, in order, on an executor that runs tasks when the test says so. */
final class BudgetRecorder implements BudgetListener, Executor {
    final List<BudgetWaiter> granted = new ArrayList<>();
    final List<BudgetWaiter> failed = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean holding;

    /** From now on tasks wait for {@link #runAll}. */
    BudgetRecorder hold() {
        holding = true;
        return this;
    }

    void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Override
    public void execute(Runnable task) {
        if (holding) {
            tasks.add(task);
        } else {
            task.run();
        }
    }

    BudgetWaiter ask(MemoryBudget budget, long bytes) {
        return budget.reserveAsync(bytes, this, this);
    }

    BudgetWaiter ask(BudgetAccount account, long bytes) {
        return account.reserveAsync(bytes, this, this);
    }

    @Override
    public void granted(BudgetWaiter waiter) {
        granted.add(waiter);
    }

    @Override
    public void failed(BudgetWaiter waiter, Throwable failure) {
        failed.add(waiter);
        failures.add(failure);
    }
}
