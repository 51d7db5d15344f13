package io.forebay.sample;

import io.forebay.pool.MemoryBudget;

/** Somebody with a budget; {@link Tenants} knows whether it is used. */
final class Tenant {
    private final String name;
    private final MemoryBudget budget;

    // Under the lock of the tenants.
    private int exchanges; // that are running
    private long idleSinceNanos; // once none is

    Tenant(String name, MemoryBudget budget) {
        this.name = name;
        this.budget = budget;
    }

    String name() {
        return name;
    }

    MemoryBudget budget() {
        return budget;
    }

    void enter() {
        exchanges++;
    }

    void leave(long nowNanos) {
        exchanges--;
        idleSinceNanos = nowNanos;
    }

    /** Bytes may be in use for a moment longer than the exchange that asked for them. */
    boolean isIdle() {
        return exchanges == 0 && budget.used() == 0;
    }

    long idleNanos(long nowNanos) {
        return nowNanos - idleSinceNanos;
    }
}
