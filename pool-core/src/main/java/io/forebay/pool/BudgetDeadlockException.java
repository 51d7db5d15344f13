package io.forebay.pool;

/**
 * A {@link BudgetAccount} that holds bytes and waits for more would have waited for ever: what it waits for is held by
 * accounts that wait themselves, maybe by itself. Whoever gets this releases what it holds.
 */
public final class BudgetDeadlockException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String budgetName;
    private final String accountName;
    private final long askedBytes;
    private final long heldBytes;

    BudgetDeadlockException(String budgetName, String accountName, long askedBytes, long heldBytes, long limitBytes) {
        super("those who wait hold what is waited for: account '" + accountName + "' holds " + heldBytes
                + " bytes and asks for " + askedBytes + " more of budget '" + budgetName + "', whose limit is "
                + limitBytes);
        this.budgetName = budgetName;
        this.accountName = accountName;
        this.askedBytes = askedBytes;
        this.heldBytes = heldBytes;
    }

    /** The budget at which the request stood: the one asked, or one above it. */
    public String budgetName() {
        return budgetName;
    }

    public String accountName() {
        return accountName;
    }

    public long askedBytes() {
        return askedBytes;
    }

    /** What the account held when its request failed. */
    public long heldBytes() {
        return heldBytes;
    }
}
