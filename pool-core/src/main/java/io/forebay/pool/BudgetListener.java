package io.forebay.pool;

/**
 * Told how a request ended that might wait. At most one of the two methods is called, once, on the executor that was
 * given with the request, outside all locks; none is if the request was withdrawn. It may use the budget.
 */
public interface BudgetListener {
    /**
     * The bytes are charged and belong to the listener from this call on, also if it throws: it, or whoever it hands
     * them to, releases them.
     */
    void granted(BudgetWaiter waiter);

    /**
     * Nothing is charged. If the executor refused the task, this is called on the thread that tried, with what the
     * executor threw.
     *
     * @param failure {@link BudgetExceededException} if the limit was set below what was asked,
     *     {@link BudgetDeadlockException} if those who wait hold what is waited for, {@link IllegalStateException} if
     *     the budget or one above it was closed, or what the executor threw
     */
    void failed(BudgetWaiter waiter, Throwable failure);
}
