package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.IllegalReferenceCountException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Races between the leases of slices that have a {@link SharedReference} in common, and with who hands its seats out. */
public final class SharedReferenceStress {
    // What a detach came to.
    private static final int CLOSED_BEFORE = 0;
    private static final int DETACHED = 1;
    private static final int GONE = 2; // released, though it had its seat

    private static final ReactiveBufferPool POOL =
            ReactiveBufferPool.create(UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("stress", Long.MAX_VALUE));

    private SharedReferenceStress() {}

    /** A buffer with no reference but the shared one: once it is released it cannot be retained. */
    private static ByteBuf sole() {
        return new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, 1, 1);
    }

    private static SharedReference share(ByteBuf buffer) {
        return new SharedReference(buffer, /* scope= */ null, SharedReference.SEATS);
    }

    private static Lease seated(ByteBuf buffer, SharedReference shared, int seat) {
        return Lease.create(buffer.slice(), buffer.capacity(), shared, seat);
    }

    private static int detach(Lease lease) {
        try {
            ByteBuf unused = lease.detach(); // the arbiter counts its reference
            return DETACHED;
        } catch (IllegalReferenceCountException gone) {
            return GONE;
        } catch (IllegalStateException closed) {
            return CLOSED_BEFORE;
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the last to leave released it")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "neither released it")
    @Outcome(expect = FORBIDDEN, desc = "both released it")
    @State
    public static class ClosesOfTwoSeats {
        private final ByteBuf buffer = Counted.make();
        private final SharedReference shared = share(buffer);
        private final Lease one = seated(buffer, shared, 0);
        private final Lease two = seated(buffer, shared, 1);

        public ClosesOfTwoSeats() {
            shared.leaveFrom(2);
        }

        @Actor
        public void closer() {
            one.close();
        }

        @Actor
        public void otherCloser() {
            two.close();
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = Counted.held(buffer);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "one seat was left, the other one stayed")
    @Outcome(expect = FORBIDDEN, desc = "closed twice, or the other seat lost")
    @State
    public static class ClosesOfOneSeat {
        private final ByteBuf buffer = Counted.make();
        private final SharedReference shared = share(buffer);
        private final Lease lease = seated(buffer, shared, 0);
        private final Lease other = seated(buffer, shared, 1);

        public ClosesOfOneSeat() {
            shared.leaveFrom(2);
        }

        @Actor
        public void closer() {
            lease.close();
        }

        @Actor
        public void otherCloser() {
            lease.close();
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = Counted.held(buffer);
            other.close();
            r.r2 = Counted.held(buffer);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed, and released")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "detached, with a reference")
    @Outcome(expect = FORBIDDEN, desc = "both or neither, or detached from what was released")
    @State
    public static class CloseBesideDetach {
        private final ByteBuf buffer = sole();
        private final SharedReference shared = share(buffer);
        private final Lease lease = seated(buffer, shared, 0);

        public CloseBesideDetach() {
            shared.leaveFrom(1);
        }

        @Actor
        public void closer() {
            lease.close();
        }

        @Actor
        public void detacher(II_Result r) {
            r.r1 = detach(lease);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = buffer.refCnt();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "detached, with the only reference")
    @Outcome(id = "1, 2", expect = FORBIDDEN, desc = "nobody released the shared one")
    @Outcome(expect = FORBIDDEN, desc = "detached from what was released, or released twice")
    @State
    public static class CloseBesideDetachOfAnother {
        private final ByteBuf buffer = sole();
        private final SharedReference shared = share(buffer);
        private final Lease one = seated(buffer, shared, 0);
        private final Lease two = seated(buffer, shared, 1);

        public CloseBesideDetachOfAnother() {
            shared.leaveFrom(2);
        }

        @Actor
        public void closer() {
            one.close();
        }

        @Actor
        public void detacher(II_Result r) {
            r.r1 = detach(two);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = buffer.refCnt();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "one got the reference")
    @Outcome(expect = FORBIDDEN, desc = "both or neither, or from what was released")
    @State
    public static class DetachesOfOneSeat {
        private final ByteBuf buffer = sole();
        private final SharedReference shared = share(buffer);
        private final Lease lease = seated(buffer, shared, 0);

        public DetachesOfOneSeat() {
            shared.leaveFrom(1);
        }

        @Actor
        public void detacher(III_Result r) {
            r.r1 = detach(lease);
        }

        @Actor
        public void otherDetacher(III_Result r) {
            r.r2 = detach(lease);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = buffer.refCnt();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "each got a reference, the shared one is released")
    @Outcome(id = "1, 1, 3", expect = FORBIDDEN, desc = "nobody released the shared one")
    @Outcome(expect = FORBIDDEN, desc = "detached from what was released, or released twice")
    @State
    public static class DetachesOfTwoSeats {
        private final ByteBuf buffer = sole();
        private final SharedReference shared = share(buffer);
        private final Lease one = seated(buffer, shared, 0);
        private final Lease two = seated(buffer, shared, 1);

        public DetachesOfTwoSeats() {
            shared.leaveFrom(2);
        }

        @Actor
        public void detacher(III_Result r) {
            r.r1 = detach(one);
        }

        @Actor
        public void otherDetacher(III_Result r) {
            r.r2 = detach(two);
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = buffer.refCnt();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the new seat kept the reference, and released it")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "released under the new seat")
    @Outcome(expect = FORBIDDEN, desc = "left, or released twice")
    @State
    public static class CloseBesideANewSeat {
        private final ByteBuf buffer = Counted.make();
        private final SharedReference shared = share(buffer);
        private final Lease first = seated(buffer, shared, 0);
        private Lease next = first; // the maker's, then the arbiter's

        @Actor
        public void closer() {
            first.close();
        }

        @Actor
        public void maker() {
            next = seated(buffer, shared, 1);
            shared.leaveFrom(2);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r1 = Counted.held(buffer);
            next.close();
            r.r2 = Counted.held(buffer);
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the last to leave released it")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "nobody released it")
    @Outcome(expect = FORBIDDEN, desc = "released twice")
    @State
    public static class CloseBesideLeavingTheRest {
        private static final int LAST = SharedReference.SEATS - 2;

        private final ByteBuf buffer = Counted.make();
        private final SharedReference shared = share(buffer);
        private final Lease last = seated(buffer, shared, LAST);

        public CloseBesideLeavingTheRest() {
            for (int seat = 0; seat < LAST; seat++) {
                seated(buffer, shared, seat).close();
            }
        }

        @Actor
        public void closer() {
            last.close();
        }

        @Actor
        public void maker() {
            shared.leaveFrom(LAST + 1);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = Counted.held(buffer);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "detached, with the only reference")
    @Outcome(id = "1, 2", expect = FORBIDDEN, desc = "nobody released the shared one")
    @Outcome(expect = FORBIDDEN, desc = "detached from what was released, or released twice")
    @State
    public static class DetachBesideLeavingTheRest {
        private final ByteBuf buffer = sole();
        private final SharedReference shared = share(buffer);
        private final Lease lease = seated(buffer, shared, 0);

        @Actor
        public void detacher(II_Result r) {
            r.r1 = detach(lease);
        }

        @Actor
        public void maker() {
            shared.leaveFrom(1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = buffer.refCnt();
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "each seat was left, whether listed or too late")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "nobody released it")
    @Outcome(expect = FORBIDDEN, desc = "released twice")
    @State
    public static class EndOfTheScopeBesideANewSeat {
        private final LeaseScope scope = new LeaseScope(POOL);
        private final ByteBuf buffer = Counted.make();
        private final SharedReference shared = new SharedReference(buffer, scope, SharedReference.SEATS);
        private final Lease listed = seated(buffer, shared, 0);

        @Actor
        public void end() {
            scope.end();
        }

        @Actor
        public void maker() {
            try {
                Lease unused = seated(buffer, shared, 1); // the scope closes it
            } catch (IllegalStateException ended) {
                // its seat is left
            }
            shared.leaveFrom(2);
        }

        @Arbiter
        public void after(I_Result r) {
            listed.close(); // again
            r.r1 = Counted.held(buffer);
        }
    }
}
