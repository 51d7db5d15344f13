package io.forebay.netty;

import io.forebay.pool.BudgetStats;
import io.forebay.pool.MemoryBudget;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/** The budgets that the memory of an allocator is charged to: its own, and those of its views. Any thread. */
final class Budgets {
    private final Collection<MemoryBudget> own;
    private final Set<MemoryBudget> ofViews = Collections.newSetFromMap(new WeakHashMap<>()); // under the lock of this

    /** Those of the allocator itself, which is all until a view is made. */
    Budgets(Collection<MemoryBudget> own) {
        this.own = own;
    }

    /** A view charges it, for as long as the program has it. */
    synchronized void add(MemoryBudget ofView) {
        ofViews.add(ofView);
    }

    private synchronized List<MemoryBudget> ofViews() {
        return List.copyOf(ofViews);
    }

    /** Each once, with those above it; the allocator's first. */
    List<BudgetStats> stats() {
        Set<MemoryBudget> all = new LinkedHashSet<>();
        own.forEach(budget -> addPath(all, budget));
        ofViews().forEach(budget -> addPath(all, budget));
        return all.stream().map(MemoryBudget::stats).toList();
    }

    private static void addPath(Set<MemoryBudget> all, MemoryBudget lowest) {
        for (MemoryBudget budget = lowest; budget != null; budget = budget.parent()) {
            all.add(budget);
        }
    }
}
