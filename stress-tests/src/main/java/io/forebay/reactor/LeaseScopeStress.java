package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Races on the list of a {@link LeaseScope}. */
public final class LeaseScopeStress {
    private static final int ADDS_TO_A_LOOK = 3; // the third has the closed ones taken out

    private static final ReactiveBufferPool POOL =
            ReactiveBufferPool.create(UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("stress", Long.MAX_VALUE));

    private LeaseScopeStress() {}

    /** Whether the scope has not ended. */
    private static boolean adopt(LeaseScope scope, ByteBuf buffer) {
        try {
            Lease unused = scope.adopt(buffer); // the scope closes it
            return true;
        } catch (IllegalStateException ended) {
            return false;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each was closed once")
    @Outcome(expect = FORBIDDEN, desc = "one was left or closed twice")
    @State
    public static class AdoptsBesideEnd {
        private final LeaseScope scope = new LeaseScope(POOL);
        private final ByteBuf listed = Counted.make();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        public AdoptsBesideEnd() {
            adopt(scope, listed);
        }

        @Actor
        public void adopter() {
            adopt(scope, one);
            adopt(scope, two);
        }

        @Actor
        public void end() {
            scope.end();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = Counted.held(listed, one, two);
            r.r2 = scope.open();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed once")
    @Outcome(expect = FORBIDDEN, desc = "left, or closed twice")
    @State
    public static class CloseBesideEnd {
        private final LeaseScope scope = new LeaseScope(POOL);
        private final ByteBuf buffer = Counted.make();
        private final Lease lease = scope.adopt(buffer);

        @Actor
        public void closer() {
            lease.close();
        }

        @Actor
        public void end() {
            scope.end();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = Counted.held(buffer);
            r.r2 = scope.open();
        }
    }

    @JCStressTest
    @Outcome(id = "3, 3, 0", expect = ACCEPTABLE, desc = "the open ones stayed in the list")
    @Outcome(
            id = {"2, 3, 1", "1, 3, 2", "0, 3, 3"},
            expect = FORBIDDEN,
            desc = "an open one was taken out")
    @Outcome(expect = FORBIDDEN, desc = "one was closed twice")
    @State
    public static class AdoptBesideTakingOut {
        private final LeaseScope scope = new LeaseScope(POOL, ADDS_TO_A_LOOK);
        private final ByteBuf listed = Counted.make();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        /** One of two that are listed is closed. */
        public AdoptBesideTakingOut() {
            adopt(scope, listed);
            scope.adopt(Unpooled.EMPTY_BUFFER).close();
        }

        @Actor
        public void adopter() {
            adopt(scope, one);
        }

        @Actor
        public void otherAdopter() {
            adopt(scope, two);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r1 = scope.open();
            r.r2 = Counted.held(listed, one, two);
            scope.end();
            r.r3 = Counted.held(listed, one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each was closed once")
    @Outcome(expect = FORBIDDEN, desc = "one was left or closed twice")
    @State
    public static class EndBesideTakingOut {
        private final LeaseScope scope = new LeaseScope(POOL, ADDS_TO_A_LOOK);
        private final ByteBuf listed = Counted.make();
        private final ByteBuf last = Counted.make();

        /** One of two that are listed is closed. */
        public EndBesideTakingOut() {
            adopt(scope, listed);
            scope.adopt(Unpooled.EMPTY_BUFFER).close();
        }

        @Actor
        public void adopter() {
            adopt(scope, last);
        }

        @Actor
        public void end() {
            scope.end();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = Counted.held(listed, last);
            r.r2 = scope.open();
        }
    }
}
