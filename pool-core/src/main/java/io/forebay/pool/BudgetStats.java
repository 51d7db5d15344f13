package io.forebay.pool;

/**
 * A snapshot of a {@link MemoryBudget}. What waits and what was asked includes its children's. At every quiet point
 * {@code requests = waiting + grants + failures + cancels + timeouts}.
 *
 * @param name the budget's name
 * @param limitBytes what may be in use, {@link Long#MAX_VALUE} if there is no limit
 * @param usedBytes what is in use
 * @param peakBytes the most that was ever in use
 * @param waiting requests that wait
 * @param waitingBytes what they ask for
 * @param oldestWaitNanos how long the first of them has been waiting, 0 if none does
 * @param requests requests that may wait ({@code reserveAsync}, {@code reserveAtOnce}) and were accepted
 * @param waits of these, those that could not be granted at once
 * @param grants of these, those whose listener was told that it has the bytes
 * @param failures of these, those whose listener was told of a failure
 * @param cancels of these, those that were withdrawn by {@link BudgetWaiter#cancel}
 * @param timeouts of these, those that were withdrawn by {@link BudgetWaiter#timeOut}
 * @param refusals how often this budget, not another on the path, made a {@code tryReserve} return false
 */
public record BudgetStats(
        String name,
        long limitBytes,
        long usedBytes,
        long peakBytes,
        int waiting,
        long waitingBytes,
        long oldestWaitNanos,
        long requests,
        long waits,
        long grants,
        long failures,
        long cancels,
        long timeouts,
        long refusals) {}
