package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A scope's list under Lincheck's model checker, which chooses the interleavings step by step. What must hold: after the
 * end every lease is closed, once, whether it was listed before, meanwhile or too late.
 */
class LeaseScopeLincheckTest {
    /** Per protocol, seconds. The steps are alike on every JDK: one looks at most. */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 50 : 200;

    private static final int ADDS_TO_A_LOOK = 3; // the third has the closed ones taken out

    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("test", Long.MAX_VALUE));

    /** One reference beyond the lease's, so that a second release would be seen. */
    private static ByteBuf buffer() {
        return Unpooled.buffer(1).retain();
    }

    private static @Nullable Lease adopt(LeaseScope scope, ByteBuf buffer) {
        try {
            return scope.adopt(buffer);
        } catch (IllegalStateException ended) {
            return null;
        }
    }

    private static void requireReleased(LeaseScope scope, ByteBuf... buffers) {
        for (ByteBuf buffer : buffers) {
            require(buffer.refCnt() == 1, scope);
        }
        require(scope.open() == 0, scope);
    }

    private static void require(boolean holds, LeaseScope scope) {
        if (!holds) {
            throw new AssertionError(scope.toString());
        }
    }

    private static void inParallel(Runnable here, Runnable... elsewhere) {
        List<Thread> threads = new ArrayList<>();
        for (Runnable work : elsewhere) {
            Thread thread = new Thread(work);
            threads.add(thread);
            thread.start();
        }
        here.run();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }

    @Test
    void anEndBesideNewLeasesOfTwoThreads() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool);
            ByteBuf one = buffer();
            ByteBuf two = buffer();
            inParallel(scope::end, () -> adopt(scope, one), () -> adopt(scope, two));
            requireReleased(scope, one, two);
        });
    }

    @Test
    void anEndBesideALeaseThatIsClosed() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool);
            ByteBuf buffer = buffer();
            inParallel(scope::end, () -> {
                Lease lease = adopt(scope, buffer);
                if (lease != null) {
                    lease.close();
                }
            });
            requireReleased(scope, buffer);
        });
    }

    /** Which looks at the memory while it is kept. */
    private static void keepForAWhile(Lease lease, ByteBuf buffer, LeaseScope scope) {
        if (lease.keep()) {
            require(buffer.refCnt() == 2, scope);
            if (lease.letOutKept()) {
                lease.close();
            }
        }
    }

    @Test
    void anEndAndACloseBesideAKeeper() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool);
            ByteBuf buffer = buffer();
            Lease lease = scope.adopt(buffer);
            inParallel(scope::end, () -> keepForAWhile(lease, buffer, scope), lease::close);
            requireReleased(scope, buffer);
        });
    }

    @Test
    void anEndAndACloseBesideAKeeperOfASlice() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool);
            ByteBuf buffer = buffer();
            SharedReference shared = new SharedReference(buffer, scope, SharedReference.SEATS);
            shared.leaveFrom(1);
            Lease lease = Lease.create(buffer, 1, shared, 0);
            inParallel(scope::end, () -> keepForAWhile(lease, buffer, scope), lease::close);
            requireReleased(scope, buffer);
        });
    }

    @Test
    void twoEndsBesideANewLease() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool);
            ByteBuf listed = buffer();
            ByteBuf late = buffer();
            adopt(scope, listed);
            inParallel(scope::end, scope::end, () -> adopt(scope, late));
            requireReleased(scope, listed, late);
        });
    }

    @Test
    void closedOnesAreTakenOutBesideNewOnes() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool, ADDS_TO_A_LOOK);
            ByteBuf open = buffer();
            ByteBuf one = buffer();
            ByteBuf two = buffer();
            adopt(scope, open);
            scope.adopt(Unpooled.EMPTY_BUFFER).close();
            inParallel(() -> adopt(scope, one), () -> adopt(scope, two));
            require(scope.open() == 3, scope);
            scope.end();
            requireReleased(scope, open, one, two);
        });
    }

    @Test
    void closedOnesAreTakenOutBesideTheEnd() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LeaseScope scope = new LeaseScope(pool, ADDS_TO_A_LOOK);
            ByteBuf open = buffer();
            ByteBuf last = buffer();
            adopt(scope, open);
            scope.adopt(Unpooled.EMPTY_BUFFER).close();
            inParallel(scope::end, () -> adopt(scope, last));
            requireReleased(scope, open, last);
        });
    }
}
