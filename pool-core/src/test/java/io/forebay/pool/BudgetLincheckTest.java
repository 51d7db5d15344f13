package io.forebay.pool;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * A budget under Lincheck's model checker. One budget that nobody waits at answers as a number would, limit changes
 * included; where somebody waits, what must hold is that each request ends once and that the bytes are all there.
 */
@Param(name = "bytes", gen = IntGen.class, conf = "1:3")
@Param(name = "limit", gen = IntGen.class, conf = "0:4")
public class BudgetLincheckTest {
    /** Per protocol, seconds; each break tried was found by these. The steps are alike on every JDK: one looks at most. */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 50 : 200;

    private final MemoryBudget budget = MemoryBudget.create("budget", 4, () -> 0);

    /** Lincheck makes an instance per run. */
    public BudgetLincheckTest() {}

    @Operation
    public boolean tryReserve(@Param(name = "bytes") int bytes) {
        return budget.tryReserve(bytes);
    }

    @Operation
    public boolean release(@Param(name = "bytes") int bytes) {
        try {
            budget.release(bytes);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Operation
    public void setLimit(@Param(name = "limit") int limit) {
        budget.setLimit(limit);
    }

    @Operation
    public long used() {
        return budget.used();
    }

    /** Two threads: until a change of the limit has returned, three may see it at different times. */
    @Test
    void whereNobodyWaitsEveryInterleavingIsThatOfANumber() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsBefore(1)
                .actorsPerThread(3)
                .actorsAfter(1)
                .iterations(1)
                .invocationsPerIteration(2 * INTERLEAVINGS)
                .addCustomScenario(Scenario.of(getClass(), "used", List.of("tryReserve:3", "setLimit:1 used"), "used"))
                .addCustomScenario(Scenario.of(
                        getClass(), "tryReserve:3", List.of("tryReserve:1", "release:1 release:2 setLimit:1"), "used"))
                .check(getClass());
    }

    /** What one request was told. */
    private static final class Told implements BudgetListener {
        final AtomicInteger granted = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();

        @Override
        public void granted(BudgetWaiter waiter) {
            granted.incrementAndGet();
        }

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {
            failed.incrementAndGet();
        }
    }

    private static void inParallel(Runnable first, Runnable second) {
        Thread other = new Thread(second);
        other.start();
        first.run();
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static BudgetWaiter ask(MemoryBudget budget, long bytes, Told told) {
        return budget.reserveAsync(bytes, Runnable::run, told);
    }

    private static void require(boolean holds, MemoryBudget budget) {
        if (!holds) {
            throw new AssertionError(budget.toString());
        }
    }

    @Test
    void aReleaseBesideARequestForgetsNobody() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 1, () -> 0);
            Told told = new Told();
            require(server.tryReserve(1), server);
            inParallel(() -> server.release(1), () -> ask(server, 1, told));
            require(told.granted.get() == 1 && server.used() == 1 && server.waiting() == 0, server);
        });
    }

    @Test
    void aReleaseAtAChildBesideARequestAtAnotherForgetsNobody() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 1, () -> 0);
            MemoryBudget red = server.child("red", 1);
            MemoryBudget blue = server.child("blue", 1);
            Told told = new Told();
            require(red.tryReserve(1), server);
            inParallel(() -> red.release(1), () -> ask(blue, 1, told));
            require(told.granted.get() == 1 && server.used() == 1 && red.used() == 0, server);
        });
    }

    @Test
    void aGrantBesideACancelEndsInOneWayAndLosesNothing() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 1, () -> 0);
            Told told = new Told();
            Told behind = new Told();
            require(server.tryReserve(1), server);
            BudgetWaiter waiter = ask(server, 1, told);
            BudgetWaiter next = ask(server, 1, behind);
            AtomicInteger cancelled = new AtomicInteger();
            inParallel(() -> server.release(1), () -> cancelled.set(waiter.cancel() ? 1 : 0));
            require(told.granted.get() + cancelled.get() == 1 && server.used() == 1, server);
            require(behind.granted.get() == cancelled.get() && next.isWaiting() == (cancelled.get() == 0), server);
        });
    }

    @Test
    void aReserveThatTheParentRefusesForgetsNobodyAtTheChild() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 2, () -> 0);
            MemoryBudget red = server.child("red", 1);
            Told told = new Told();
            require(server.tryReserve(1), server);
            AtomicInteger atRed = new AtomicInteger();
            AtomicInteger atServer = new AtomicInteger();
            inParallel(() -> atRed.set(red.tryReserve(1) ? 1 : 0), () -> {
                atServer.set(server.tryReserve(1) ? 1 : 0); // now the other's is refused, having charged red
                ask(red, 1, told);
            });
            if (atRed.get() == 1) {
                red.release(1);
            }
            if (atServer.get() == 1) {
                server.release(1);
            }
            require(told.granted.get() == 1 && red.used() == 1 && server.used() == 2, server);
        });
    }

    @Test
    void aLimitThatGrowsBesideARequestForgetsNobody() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 1, () -> 0);
            Told told = new Told();
            require(server.tryReserve(1), server);
            inParallel(() -> server.setLimit(2), () -> ask(server, 1, told));
            require(told.granted.get() == 1 && server.used() == 2, server);
        });
    }

    @Test
    void aCloseBesideAReleaseAndARequestEndsBoth() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            MemoryBudget server = MemoryBudget.create("server", 1, () -> 0);
            Told told = new Told();
            require(server.tryReserve(1), server);
            BudgetWaiter waiter = ask(server, 1, told);
            inParallel(server::close, () -> server.release(1));
            require(told.granted.get() + told.failed.get() == 1 && !waiter.isWaiting(), server);
            if (told.granted.get() == 1) {
                server.release(1);
            }
            require(server.termination().toCompletableFuture().isDone(), server);
        });
    }
}
