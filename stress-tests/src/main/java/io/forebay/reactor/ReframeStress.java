package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** Races between the signals to a {@link ReframeSubscriber}, for who is its {@link SoleWorker}. */
public final class ReframeStress {
    private ReframeStress() {}

    private static int wrong(Flow flow) {
        return flow.overlapped ? 1 : 0;
    }

    private static void ignoring(Runnable breaking) {
        try {
            breaking.run();
        } catch (IllegalStateException asSetUp) {
            // the subscriber's
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1, 0, 0", expect = ACCEPTABLE, desc = "both elements and the end")
    @Outcome(
            id = {"2, 0, 0, 0", "1, 0, 0, 1", "0, 0, 0, 2"},
            expect = FORBIDDEN,
            desc = "a signal was stranded")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element lost or closed twice")
    @State
    public static class AllRequestedBesideElements {
        private final Flow flow = new Flow();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        @Actor
        public void lender() {
            flow.operator.request(Long.MAX_VALUE);
        }

        @Actor
        public void source() {
            flow.bring(Lease.adopt(one));
            flow.operator.onNext(Lease.adopt(two));
            flow.operator.onComplete();
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.received;
            r.r2 = flow.ends;
            r.r3 = wrong(flow);
            r.r4 = Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1, 0, 0", expect = ACCEPTABLE, desc = "the cancel came last")
    @Outcome(
            id = {"2, 0, 0, 0", "1, 0, 0, 0", "0, 0, 0, 0"},
            expect = ACCEPTABLE,
            desc = "cancelled, and the rest closed")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element left, lost or closed twice")
    @State
    public static class CancelBesideAllRequestedAndElements {
        private final Flow flow = new Flow();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        @Actor
        public void lender() {
            flow.operator.request(Long.MAX_VALUE);
        }

        @Actor
        public void source() {
            flow.bring(Lease.adopt(one));
            flow.operator.onNext(Lease.adopt(two));
            flow.operator.onComplete();
        }

        @Actor
        public void canceller(IIII_Result r) {
            flow.operator.cancel();
            r.r3 = flow.cancelled ? 0 : 2;
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.received;
            r.r2 = flow.ends;
            r.r3 += wrong(flow);
            r.r4 = Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 1, 0, 0", expect = ACCEPTABLE, desc = "the cancel came last")
    @Outcome(
            id = {"2, 0, 0, 0", "1, 0, 0, 0", "0, 0, 0, 0"},
            expect = ACCEPTABLE,
            desc = "cancelled, and the rest closed")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element left, lost or closed twice")
    @State
    public static class CancelBesideElements {
        private final Flow flow = new Flow();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        public CancelBesideElements() {
            flow.operator.request(Long.MAX_VALUE);
        }

        @Actor
        public void source() {
            flow.bring(Lease.adopt(one));
            flow.operator.onNext(Lease.adopt(two));
            flow.operator.onComplete();
        }

        @Actor
        public void canceller(IIII_Result r) {
            flow.operator.cancel();
            r.r3 = flow.cancelled ? 0 : 2;
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.received;
            r.r2 = flow.ends;
            r.r3 += wrong(flow);
            r.r4 = Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 2, 1, 0", expect = ACCEPTABLE, desc = "each request was passed on, and each element")
    @Outcome(id = "1, 2, 1, 0", expect = FORBIDDEN, desc = "a request was stranded")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element left, lost or closed twice")
    @State
    public static class RequestBesideElement {
        private final Flow flow = new Flow();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        public RequestBesideElement() {
            flow.operator.request(1);
        }

        @Actor
        public void requester() {
            flow.operator.request(1);
        }

        @Actor
        public void source() {
            flow.bring(Lease.adopt(one));
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.asked;
            flow.operator.onNext(Lease.adopt(two));
            flow.operator.onComplete();
            r.r2 = flow.received;
            r.r3 = flow.ends;
            r.r4 = wrong(flow) + Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 2, 1, 0", expect = ACCEPTABLE, desc = "all were requested, and each element was passed on")
    @Outcome(id = "1, 2, 1, 0", expect = FORBIDDEN, desc = "the request for all was stranded")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element left, lost or closed twice")
    @State
    public static class AllRequestedBesideElementOfTheRequestBefore {
        private final Flow flow = new Flow();
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        public AllRequestedBesideElementOfTheRequestBefore() {
            flow.operator.request(1);
        }

        @Actor
        public void requester() {
            flow.operator.request(Long.MAX_VALUE);
        }

        @Actor
        public void source() {
            flow.operator.onNext(Lease.adopt(one));
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.asked;
            flow.operator.onNext(Lease.adopt(two));
            flow.operator.onComplete();
            r.r2 = flow.received;
            r.r3 = flow.ends;
            r.r4 = wrong(flow) + Counted.held(one, two);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0, 0, 0", expect = ACCEPTABLE, desc = "it got one, the other was closed")
    @Outcome(expect = FORBIDDEN, desc = "two workers at once, or an element left, lost or closed twice")
    @State
    public static class SubscriberThrowsBesideAllRequested {
        private final Flow flow = new Flow(/* throwing= */ true);
        private final ByteBuf one = Counted.make();
        private final ByteBuf two = Counted.make();

        @Actor
        public void lender() {
            ignoring(() -> flow.operator.request(Long.MAX_VALUE));
        }

        @Actor
        public void source() {
            ignoring(() -> flow.bring(Lease.adopt(one)));
            ignoring(() -> flow.operator.onNext(Lease.adopt(two)));
            ignoring(flow.operator::onComplete);
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r1 = flow.received;
            r.r2 = flow.ends;
            r.r3 = wrong(flow);
            r.r4 = Counted.held(one, two);
        }
    }
}
