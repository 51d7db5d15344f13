package io.forebay.netty;

import static io.forebay.netty.Bufs.arrive;
import static io.forebay.netty.Bufs.departed;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.forebay.netty.Bufs.Arrivals;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Races on a {@link ReturnRing} whose last slot comes first, so that the second is beyond its end. */
public final class ReturnRingStress {
    private static final int START = ReturnRing.CAPACITY - 1;

    private ReturnRingStress() {}

    private static int pollTwice(ReturnRing ring) {
        Arrivals arrivals = new Arrivals();
        for (int i = 0; i < 2; i++) {
            PooledBuf buf = ring.poll();
            if (buf != null) {
                arrivals.accept(buf);
            }
        }
        return arrivals.digits;
    }

    /** What lies in the slots, behind stalled producers too. */
    private static int inSlots(ReturnRing ring) {
        Arrivals arrivals = new Arrivals();
        ring.forEach(arrivals);
        return arrivals.digits;
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "nothing there yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the buffer with its content")
    @Outcome(expect = FORBIDDEN, desc = "the loop saw the buffer before its content or its mark")
    @State
    public static class ContentOfAnOffer {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void producer() {
            ring.offer(departed(buf, 1));
        }

        @Actor
        public void loop(I_Result r) {
            r.r1 = arrive(ring.poll());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"12", "21"},
            expect = ACCEPTABLE,
            desc = "each in a slot of its own")
    @Outcome(expect = FORBIDDEN, desc = "a buffer was lost or came twice")
    @State
    public static class TwoProducers {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf one = Bufs.make();
        private final HeapBuf two = Bufs.make();

        @Actor
        public void producer() {
            ring.offer(departed(one, 1));
        }

        @Actor
        public void otherProducer() {
            ring.offer(departed(two, 2));
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = pollTwice(ring);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 12", "0, 21", "1, 2", "2, 1", "12, 0", "21, 0"},
            expect = ACCEPTABLE,
            desc = "each buffer arrived once")
    @Outcome(expect = FORBIDDEN, desc = "a buffer was lost, came twice, or was seen before its content")
    @State
    public static class TwoProducersAndTheLoop {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf one = Bufs.make();
        private final HeapBuf two = Bufs.make();

        @Actor
        public void producer() {
            ring.offer(departed(one, 1));
        }

        @Actor
        public void otherProducerThenLoop(II_Result r) {
            ring.offer(departed(two, 2));
            r.r1 = pollTwice(ring);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = pollTwice(ring);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 2"},
            expect = ACCEPTABLE,
            desc = "one had the room, the other was told so")
    @Outcome(
            id = {"1, 1, 1", "1, 1, 2"},
            expect = FORBIDDEN,
            desc = "both in one slot: a buffer was lost")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "room was left")
    @Outcome(expect = FORBIDDEN, desc = "a buffer was lost or came twice")
    @State
    public static class TwoProducersForTheLastSlot {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf one = Bufs.make();
        private final HeapBuf two = Bufs.make();

        public TwoProducersForTheLastSlot() {
            Bufs.stall(ring, ReturnRing.CAPACITY - 1);
        }

        @Actor
        public void producer(III_Result r) {
            r.r1 = ring.offer(departed(one, 1)) ? 1 : 0;
        }

        @Actor
        public void otherProducer(III_Result r) {
            r.r2 = ring.offer(departed(two, 2)) ? 1 : 0;
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = inSlots(ring);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "the loop was not done with the slot: full")
    @Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "the producer refilled the slot")
    @Outcome(id = "1, 1, 0", expect = FORBIDDEN, desc = "the loop erased what the producer had stored")
    @Outcome(expect = FORBIDDEN, desc = "the slot changed under the loop")
    @State
    public static class OfferIntoTheSlotOfAPoll {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf two = Bufs.make();

        public OfferIntoTheSlotOfAPoll() {
            ring.offer(departed(Bufs.make(), 1));
            Bufs.stall(ring, ReturnRing.CAPACITY - 1);
        }

        @Actor
        public void producer(III_Result r) {
            r.r1 = ring.offer(departed(two, 2)) ? 1 : 0;
        }

        @Actor
        public void loop(III_Result r) {
            r.r2 = arrive(ring.poll());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = inSlots(ring);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "arrived before the end")
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "had its slot before the end, and was yet to come")
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "refused")
    @Outcome(id = "1, 0, 0", expect = FORBIDDEN, desc = "neither arrived nor refused")
    @Outcome(
            id = {"0, 1, 0", "0, 0, 1"},
            expect = FORBIDDEN,
            desc = "arrived and was refused")
    @Outcome(expect = FORBIDDEN, desc = "arrived twice, or was seen before its content")
    @State
    public static class OfferBesideRefuse {
        private final ReturnRing ring = Bufs.ringAt(START);
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void producer(III_Result r) {
            r.r1 = ring.offer(departed(buf, 1)) ? 1 : 0;
        }

        @Actor
        public void end(III_Result r) {
            ring.refuse();
            r.r2 = arrive(ring.poll());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = arrive(ring.poll());
        }
    }
}
