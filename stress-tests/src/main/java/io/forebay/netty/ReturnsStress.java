package io.forebay.netty;

import static io.forebay.netty.Bufs.departed;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.forebay.netty.Bufs.Arrivals;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Races between the two ways of {@link Returns}: the ring, and the stack for what it has no room for. */
public final class ReturnsStress {
    private ReturnsStress() {}

    private static int take(Returns returns, int most) {
        Arrivals arrivals = new Arrivals();
        returns.take(most, arrivals);
        return arrivals.digits;
    }

    private static int end(Returns returns) {
        Arrivals arrivals = new Arrivals();
        returns.refuse(arrivals);
        returns.takeAll(arrivals);
        return arrivals.digits;
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "arrived once, by either way")
    @Outcome(expect = FORBIDDEN, desc = "the buffer was lost, came twice, or was seen before its content")
    @State
    public static class SendWhenTheRingIsFull {
        private final Returns returns = Bufs.returnsWithRoom(0);
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void sender() {
            returns.send(departed(buf, 1));
        }

        @Actor
        public void loop(II_Result r) {
            r.r1 = take(returns, 1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = take(returns, Integer.MAX_VALUE);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 12", "0, 21", "1, 2", "2, 1", "12, 0", "21, 0"},
            expect = ACCEPTABLE,
            desc = "each buffer arrived once, by either way")
    @Outcome(expect = FORBIDDEN, desc = "a buffer was lost, came twice, or was seen before its content")
    @State
    public static class TwoSendsWhenTheRingIsFull {
        private final Returns returns = Bufs.returnsWithRoom(0);
        private final HeapBuf one = Bufs.make();
        private final HeapBuf two = Bufs.make();

        @Actor
        public void sender() {
            returns.send(departed(one, 1));
        }

        @Actor
        public void otherSenderThenLoop(II_Result r) {
            returns.send(departed(two, 2));
            r.r1 = take(returns, 1);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = take(returns, Integer.MAX_VALUE);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "arrived")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the end did not wait for what was on its way")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "arrived and was refused")
    @Outcome(expect = FORBIDDEN, desc = "arrived twice, or was seen before its content")
    @State
    public static class SendBesideAnEnd {
        private final Returns returns = new Returns();
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void sender(II_Result r) {
            r.r1 = returns.send(departed(buf, 1)) ? 1 : 0;
        }

        @Actor
        public void loop(II_Result r) {
            r.r2 = end(returns);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "overflowed, and arrived")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "overflowed after the end")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "arrived and was refused")
    @Outcome(expect = FORBIDDEN, desc = "arrived twice, or was seen before its content")
    @State
    public static class SendBesideAnEndWhenTheRingIsFull {
        private final Returns returns = Bufs.returnsWithRoom(0);
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void sender(II_Result r) {
            r.r1 = returns.send(departed(buf, 1)) ? 1 : 0;
        }

        @Actor
        public void loop(II_Result r) {
            r.r2 = end(returns);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one came by the ring, one by the stack: idle once")
    @Outcome(id = "2, 0", expect = FORBIDDEN, desc = "idle twice")
    @Outcome(expect = FORBIDDEN, desc = "the buffer was lost")
    @State
    public static class OneBufferSentTwiceForTheLastSlot {
        private final Returns returns = Bufs.returnsWithRoom(1);
        private final HeapBuf buf = departed(Bufs.make(), 1);

        @Actor
        public void sender() {
            returns.send(buf);
        }

        @Actor
        public void otherSender() {
            returns.send(buf);
        }

        @Arbiter
        public void after(II_Result r) {
            Arrivals arrivals = new Arrivals();
            returns.takeAll(arrivals);
            r.r1 = arrivals.idle;
            r.r2 = arrivals.doubles;
        }
    }
}
