package io.forebay.reactor;

import io.forebay.pool.BudgetStats;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The memory that was asked for did not become free in the time set. Says what the budget had in use then, who waited, and
 * what the pipeline itself held of it, if it asked through a {@linkplain LeaseScope scope}, which knows: one that holds some
 * while it waits for more may wait for others like it, or for itself.
 *
 * <p>All figures are of the moment before the request was withdrawn.
 */
public final class AcquireTimeoutException extends TimeoutException {
    private static final long serialVersionUID = 1;

    private final String budgetName;
    private final int askedBytes;
    private final Duration timeout;
    private final String obstacleName;
    private final long usedBytes;
    private final long limitBytes;
    private final int waiting;
    private final long waitingBytes;
    private final long heldBytes;

    /**
     * @param obstacle the budget that lacked room
     * @param heldBytes less than 0 if nobody knows
     */
    AcquireTimeoutException(String budgetName, int askedBytes, Duration timeout, BudgetStats obstacle, long heldBytes) {
        super("budget '" + budgetName + "' had no room in time: asked=" + askedBytes + ", timeout=" + timeout + "; "
                + state(budgetName, obstacle) + held(askedBytes, obstacle, heldBytes));
        this.budgetName = budgetName;
        this.askedBytes = askedBytes;
        this.timeout = timeout;
        this.obstacleName = obstacle.name();
        this.usedBytes = obstacle.usedBytes();
        this.limitBytes = obstacle.limitBytes();
        this.waiting = obstacle.waiting();
        this.waitingBytes = obstacle.waitingBytes();
        this.heldBytes = Math.max(0, heldBytes);
    }

    private static String state(String budgetName, BudgetStats obstacle) {
        String above = obstacle.name().equals(budgetName) ? "" : "of '" + obstacle.name() + "' above it ";
        String requests = obstacle.waiting() == 1 ? " request waits for " : " requests wait for ";
        return above + obstacle.usedBytes() + " of " + obstacle.limitBytes() + " bytes were in use, "
                + obstacle.waiting() + requests + obstacle.waitingBytes();
    }

    private static String held(int askedBytes, BudgetStats obstacle, long heldBytes) {
        if (heldBytes < 0) {
            return "; what this pipeline holds is not known outside a scope";
        }
        if (heldBytes == 0) {
            return "";
        }
        String held = "; this pipeline's scope holds " + heldBytes + " of those in use";
        return heldBytes > obstacle.limitBytes() - askedBytes
                ? held + ", beside which it never gets " + askedBytes
                        + " more (hold-and-wait: ask for all at once, release before asking, or raise the limit)"
                : held
                        + " while it waits (hold-and-wait? ask for all at once, release before asking, raise the limit, or"
                        + " have fewer such pipelines share it)";
    }

    /** The budget that was asked; {@link #obstacleName} says whether one above it was in the way. */
    public String budgetName() {
        return budgetName;
    }

    public int askedBytes() {
        return askedBytes;
    }

    public Duration timeout() {
        return timeout;
    }

    /** The budget that had no room, whose figures the others are: the one asked, or one above it. */
    public String obstacleName() {
        return obstacleName;
    }

    public long usedBytes() {
        return usedBytes;
    }

    /** If there was room for what was asked, somebody who asked earlier for more waited in front. */
    public long limitBytes() {
        return limitBytes;
    }

    /** How many requests waited, this one included. */
    public int waiting() {
        return waiting;
    }

    /** How many bytes they asked for. */
    public long waitingBytes() {
        return waitingBytes;
    }

    /**
     * How much of what was in use the scope of this request held itself: the memory of its open leases, but for what is
     * within composite buffers. 0 outside a scope.
     */
    public long heldBytes() {
        return heldBytes;
    }
}
