package io.forebay.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Races on a {@link MemoryBudget} with room for one. */
public final class MemoryBudgetStress {
    private MemoryBudgetStress() {}

    private static void spend(MemoryBudget budget, long bytes) {
        if (!budget.tryReserve(bytes)) {
            throw new IllegalStateException(budget.toString());
        }
    }

    /** Counts what it is told. */
    private static final class Told implements BudgetListener {
        private volatile int granted; // one writer at a time: a request is told once

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // as above
        public void granted(BudgetWaiter waiter) {
            granted++;
        }

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the waiter was let in")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "the waiter waits beside free bytes")
    @Outcome(expect = FORBIDDEN, desc = "bytes were lost or made")
    @State
    public static class ReleaseAndWait {
        private final MemoryBudget budget = MemoryBudget.create("budget", 1);
        private final Told told = new Told();

        public ReleaseAndWait() {
            spend(budget, 1);
        }

        @Actor
        public void release() {
            budget.release(1);
        }

        @Actor
        public void ask() {
            budget.reserveAsync(1, Runnable::run, told);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = told.granted;
            r.r2 = (int) budget.used();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "granted, and the bytes are the listener's")
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "cancelled, and the bytes are free")
    @Outcome(id = "1, 1, 0", expect = FORBIDDEN, desc = "told of bytes that were taken back")
    @Outcome(id = "0, 1, 1", expect = FORBIDDEN, desc = "cancelled, and the bytes are lost")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "ended in neither way")
    @Outcome(expect = FORBIDDEN, desc = "bytes were lost or made")
    @State
    public static class GrantAndCancel {
        private final MemoryBudget budget = MemoryBudget.create("budget", 1);
        private final Told told = new Told();
        private final BudgetWaiter waiter;

        public GrantAndCancel() {
            spend(budget, 1);
            waiter = budget.reserveAsync(1, Runnable::run, told);
        }

        @Actor
        public void release() {
            budget.release(1);
        }

        @Actor
        public void cancel(III_Result r) {
            r.r2 = waiter.cancel() ? 1 : 0;
        }

        @Arbiter
        public void after(III_Result r) {
            r.r1 = told.granted;
            r.r3 = (int) budget.used();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "one got it")
    @Outcome(id = "1, 1, 2", expect = FORBIDDEN, desc = "both got it")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "nobody got it")
    @Outcome(expect = FORBIDDEN, desc = "bytes were lost or made")
    @State
    public static class ChildAndParentForTheLastByte {
        private final MemoryBudget budget = MemoryBudget.create("budget", 1);
        private final MemoryBudget child = budget.child("child", 1);

        @Actor
        public void atChild(III_Result r) {
            r.r1 = child.tryReserve(1) ? 1 : 0;
        }

        @Actor
        public void atParent(III_Result r) {
            r.r2 = budget.tryReserve(1) ? 1 : 0;
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = (int) budget.used();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1, 1", "0, 1, 1, 1", "0, 0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "the waiter was let in, whoever was before it")
    @Outcome(
            id = {"1, 0, 0, 0", "0, 1, 0, 0", "0, 0, 0, 0"},
            expect = FORBIDDEN,
            desc = "the waiter at the child was forgotten")
    @Outcome(expect = FORBIDDEN, desc = "bytes were lost or made")
    @State
    public static class RefusedReserveAndWait {
        private final MemoryBudget budget = MemoryBudget.create("budget", 2);
        private final MemoryBudget child = budget.child("child", 1);
        private final Told told = new Told();

        public RefusedReserveAndWait() {
            spend(budget, 1);
        }

        @Actor
        public void reserveAtChild(IIII_Result r) {
            r.r1 = child.tryReserve(1) ? 1 : 0;
        }

        @Actor
        public void reserveAtParentAndAsk(IIII_Result r) {
            r.r2 = budget.tryReserve(1) ? 1 : 0; // if so, the other's is refused, maybe after it has charged the child
            child.reserveAsync(1, Runnable::run, told);
        }

        @Arbiter
        public void after(IIII_Result r) {
            if (r.r1 == 1) {
                child.release(1);
            }
            if (r.r2 == 1) {
                budget.release(1);
            }
            r.r3 = told.granted;
            r.r4 = (int) child.used();
        }
    }
}
