package io.forebay.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who waits at one budget, in the order of their arrival in the tree. All under the tree's lock. */
final class WaitLine {
    private static final Comparator<BudgetWaiter> BY_ARRIVAL =
            (one, other) -> Long.compare(one.sequence, other.sequence);

    private final BudgetLevel level;
    private final TreeSet<BudgetWaiter> through = new TreeSet<>(BY_ARRIVAL); // asked of this budget or of one below
    private final TreeSet<BudgetWaiter> standing = new TreeSet<>(BY_ARRIVAL); // of these, who wait for this one's bytes
    private long throughBytes;

    WaitLine(BudgetLevel level) {
        this.level = level;
    }

    void join(BudgetWaiter waiter) {
        through.add(waiter);
        throughBytes += waiter.bytes();
    }

    void leave(BudgetWaiter waiter) {
        if (through.remove(waiter)) { // else it was kept from joining
            throughBytes -= waiter.bytes();
        }
    }

    void stand(BudgetWaiter waiter) {
        standing.add(waiter);
        level.setStanding(standing.size());
    }

    void stepAside(BudgetWaiter waiter) {
        standing.remove(waiter);
        level.setStanding(standing.size());
    }

    @Nullable
    BudgetWaiter first() {
        return standing.isEmpty() ? null : standing.first();
    }

    boolean hasEarlierThan(BudgetWaiter waiter) {
        return !standing.isEmpty() && standing.first().sequence < waiter.sequence;
    }

    /** A copy, in order of arrival. */
    List<BudgetWaiter> through() {
        return new ArrayList<>(through);
    }

    int waiting() {
        return through.size();
    }

    long waitingBytes() {
        return throughBytes;
    }

    long oldestWaitNanos(long nowNanos) {
        return through.isEmpty() ? 0 : nowNanos - through.first().sinceNanos;
    }
}
