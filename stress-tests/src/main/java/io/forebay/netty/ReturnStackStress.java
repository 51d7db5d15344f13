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
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Races on a {@link ReturnStack}. */
public final class ReturnStackStress {
    private ReturnStackStress() {}

    private static int takeAll(ReturnStack stack) {
        return new Arrivals().walk(stack.takeAll()).digits;
    }

    @JCStressTest
    @Outcome(
            id = {"21, 0", "1, 2"},
            expect = ACCEPTABLE,
            desc = "each buffer arrived once")
    @Outcome(expect = FORBIDDEN, desc = "a buffer was lost, came twice, or was seen before its content")
    @State
    public static class PushBesideTakeAll {
        private final ReturnStack stack = new ReturnStack();
        private final HeapBuf two = Bufs.make();

        public PushBesideTakeAll() {
            stack.push(departed(Bufs.make(), 1));
        }

        @Actor
        public void producer() {
            stack.push(departed(two, 2));
        }

        @Actor
        public void loop(II_Result r) {
            r.r1 = takeAll(stack);
        }

        @Arbiter
        public void after(II_Result r) {
            r.r2 = takeAll(stack);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"2, 128, 12", "2, 128, 21"},
            expect = ACCEPTABLE,
            desc = "each buffer arrived once, and the sums are those of both")
    @Outcome(
            id = {"1, 64, 1", "1, 64, 2"},
            expect = FORBIDDEN,
            desc = "a buffer was lost")
    @Outcome(expect = FORBIDDEN, desc = "the sums are wrong")
    @State
    public static class SumsOfTwoPushes {
        private final ReturnStack stack = new ReturnStack();
        private final HeapBuf one = Bufs.make();
        private final HeapBuf two = Bufs.make();

        @Actor
        public void producer() {
            stack.push(departed(one, 1));
        }

        @Actor
        public void otherProducer() {
            stack.push(departed(two, 2));
        }

        @Arbiter
        public void after(III_Result r) {
            PooledBuf newest = stack.peek();
            r.r1 = newest == null ? 0 : (int) newest.returned();
            r.r2 = newest == null ? 0 : (int) newest.returnedBytes();
            r.r3 = takeAll(stack);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "arrived with the end")
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "refused")
    @Outcome(
            id = {"1, 0, 0", "1, 0, 1"},
            expect = FORBIDDEN,
            desc = "pushed on a closed stack")
    @Outcome(id = "0, 1, 0", expect = FORBIDDEN, desc = "arrived and was refused")
    @Outcome(expect = FORBIDDEN, desc = "arrived twice, or was seen before its content")
    @State
    public static class PushBesideClose {
        private final ReturnStack stack = new ReturnStack();
        private final HeapBuf buf = Bufs.make();

        @Actor
        public void producer(III_Result r) {
            r.r1 = stack.push(departed(buf, 1)) ? 1 : 0;
        }

        @Actor
        public void end(III_Result r) {
            r.r2 = new Arrivals().walk(stack.close()).digits;
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = takeAll(stack);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the second push found it there already")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the second push came after the walk, and was found out")
    @Outcome(
            id = {"2, 0", "2, 1"},
            expect = FORBIDDEN,
            desc = "idle twice")
    @Outcome(expect = FORBIDDEN, desc = "the buffer was lost, or is there without end")
    @State
    public static class OneBufferPushedTwice {
        private final ReturnStack stack = new ReturnStack();
        private final Arrivals arrivals = new Arrivals(); // the loop's, then the arbiter's
        private final HeapBuf buf = departed(Bufs.make(), 1);

        @Actor
        public void producer() {
            stack.push(buf);
        }

        @Actor
        public void otherProducerThenLoop() {
            stack.push(buf);
            arrivals.walk(stack.takeAll());
        }

        @Arbiter
        public void after(II_Result r) {
            arrivals.walk(stack.takeAll());
            r.r1 = arrivals.idle;
            r.r2 = arrivals.doubles;
        }
    }
}
