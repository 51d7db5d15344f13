package io.forebay.reactor;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** The memory that was asked for did not become free in the time set. */
public final class AcquireTimeoutException extends TimeoutException {
    private static final long serialVersionUID = 1;

    private final String budgetName;
    private final int askedBytes;
    private final Duration timeout;

    AcquireTimeoutException(String budgetName, int askedBytes, Duration timeout) {
        super("budget '" + budgetName + "' had no room in time: asked=" + askedBytes + ", timeout=" + timeout);
        this.budgetName = budgetName;
        this.askedBytes = askedBytes;
        this.timeout = timeout;
    }

    /** The budget that was asked; the one that had no room is this or one above it. */
    public String budgetName() {
        return budgetName;
    }

    public int askedBytes() {
        return askedBytes;
    }

    public Duration timeout() {
        return timeout;
    }
}
