package io.forebay.pool;

/** More was asked of a {@link MemoryBudget} than its limit will ever let through, however long one waits. */
public final class BudgetExceededException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String budgetName;
    private final long askedBytes;
    private final long limitBytes;

    BudgetExceededException(String budgetName, long askedBytes, long limitBytes) {
        super("more than the limit of budget '" + budgetName + "': asked=" + askedBytes + ", limit=" + limitBytes);
        this.budgetName = budgetName;
        this.askedBytes = askedBytes;
        this.limitBytes = limitBytes;
    }

    /** The budget whose limit it is: the one asked, or one above it. */
    public String budgetName() {
        return budgetName;
    }

    public long askedBytes() {
        return askedBytes;
    }

    public long limitBytes() {
        return limitBytes;
    }
}
