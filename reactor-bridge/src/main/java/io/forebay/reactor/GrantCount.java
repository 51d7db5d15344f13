package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import org.jspecify.annotations.Nullable;

/** What budgets have granted one after the other, counted there in one go. For one thread at a time. */
final class GrantCount {
    /** Who looks at the budget meanwhile finds all but so many for each reader. */
    private static final int MOST_GRANTS = 64;

    private @Nullable MemoryBudget budget; // of all that are not counted yet
    private int grants;

    /** Before one of this budget. */
    void makeRoom(MemoryBudget budget) {
        if (grants == MOST_GRANTS || !budget.equals(this.budget)) {
            countAll();
            this.budget = budget;
        }
    }

    /** One, of bytes that were reserved uncounted. */
    void granted() {
        grants++;
    }

    /** When there may be no more for a while. */
    void countAll() {
        MemoryBudget budget = this.budget;
        if (budget != null && grants > 0) {
            budget.countReservedAtOnce(grants);
        }
        grants = 0;
    }
}
