package io.forebay.pool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds requests that can never be granted, because accounts that wait hold what they wait for. */
final class HoldAndWait {
    /*
     * The idea: suppose that all bytes come back except those held by accounts that wait, and let the waiters in by the
     * rule of the queue. One that gets in will give back what its account holds, too; go round until nobody gets in any
     * more. Who is left over waits for ever, unless one of them gives up.
     *
     * Somebody who is left over holds something: if none did, nothing would be kept from the first of them, which asks
     * for no more than any limit on its path.
     *
     * Costs a look at each waiter of the tree per round. One round is enough where nothing is wrong.
     */
    private record Claim(BudgetWaiter waiter, long heldBytes) {}

    private final Map<MemoryBudget, Long> keptBytes = new HashMap<>(); // held by those left over
    private List<Claim> left = new ArrayList<>();

    private HoldAndWait(List<BudgetWaiter> waiters) {
        for (BudgetWaiter waiter : waiters) {
            Claim claim = new Claim(waiter, waiter.heldBytes()); // once: the account may be used meanwhile
            left.add(claim);
            keep(claim, claim.heldBytes());
        }
    }

    /** Who has to give up: of those left over that hold something, the newest, so that the oldest gets on. */
    static @Nullable BudgetWaiter victim(List<BudgetWaiter> waiters) {
        HoldAndWait search = new HoldAndWait(waiters);
        int before;
        do {
            before = search.left.size();
            search.letIn();
        } while (search.left.size() < before);
        return search.newestHolder();
    }

    private void letIn() {
        Set<MemoryBudget> closed = new HashSet<>();
        List<Claim> still = new ArrayList<>();
        for (Claim claim : left) {
            MemoryBudget obstacle = obstacle(claim.waiter(), closed);
            if (obstacle == null) {
                keep(claim, -claim.heldBytes());
            } else {
                closed.add(obstacle);
                still.add(claim);
            }
        }
        left = still;
    }

    private @Nullable MemoryBudget obstacle(BudgetWaiter waiter, Set<MemoryBudget> closed) {
        MemoryBudget at = waiter.budget();
        while (at != null) {
            long kept = keptBytes.getOrDefault(at, 0L);
            if (closed.contains(at) || waiter.bytes() > at.level.cap() - kept) {
                return at;
            }
            at = at.parent;
        }
        return null;
    }

    private void keep(Claim claim, long bytes) {
        for (MemoryBudget at = claim.waiter().budget(); at != null; at = at.parent) {
            keptBytes.merge(at, bytes, Long::sum);
        }
    }

    private @Nullable BudgetWaiter newestHolder() {
        for (int i = left.size() - 1; i >= 0; i--) {
            if (left.get(i).heldBytes() > 0) {
                return left.get(i).waiter();
            }
        }
        return null;
    }
}
