package io.forebay.pool;

import static io.forebay.pool.Item.contentOf;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Races on a {@link RingChain} while it gets or changes rings. */
public final class RingChainStress {
    private RingChainStress() {}

    private static RingChain<Item> chain() {
        return new RingChain<>(1, 4, RingDeque::new);
    }

    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = ACCEPTABLE,
            desc = "nothing there yet, or the item with its content")
    @Outcome(expect = FORBIDDEN, desc = "thief saw the ring or the slot before its content")
    @State
    public static class FirstRingAgainstThief {
        private final RingChain<Item> chain = chain();

        @Actor
        public void owner() {
            chain.pushHead(Item.of(1));
        }

        @Actor
        public void thief(I_Result r) {
            r.r1 = contentOf(chain.popTail());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 2", "1, 2, 0"},
            expect = ACCEPTABLE,
            desc = "in order, each item to one taker")
    @Outcome(
            id = {"1, 0, 0", "0, 0, 2"},
            expect = FORBIDDEN,
            desc = "an item was cut off with its ring")
    @Outcome(expect = FORBIDDEN, desc = "out of order, twice, or seen before its content")
    @State
    public static class GrowthAgainstThief {
        private final RingChain<Item> chain = chain();

        public GrowthAgainstThief() {
            chain.pushHead(Item.of(1));
        }

        @Actor
        public void owner() {
            chain.pushHead(Item.of(2));
        }

        @Actor
        public void thief(III_Result r) {
            r.r1 = contentOf(chain.popTail());
            r.r2 = contentOf(chain.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(chain.popHead());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 2, 3", "1, 2, 3, 0"},
            expect = ACCEPTABLE,
            desc = "in order, each item to one taker")
    @Outcome(expect = FORBIDDEN, desc = "an item was lost, doubled or seen before its content")
    @State
    public static class GrowthByABatchAgainstThief {
        private final RingChain<Item> chain = chain();

        public GrowthByABatchAgainstThief() {
            chain.pushHead(Item.of(1));
        }

        @Actor
        public void owner() {
            chain.pushHead(new Object[] {Item.of(2), Item.of(3)}, 0, 2);
        }

        @Actor
        public void thief(IIII_Result r) {
            r.r1 = contentOf(chain.popTail());
            r.r2 = contentOf(chain.popTail());
        }

        @Arbiter
        public void after(IIII_Result r) {
            r.r3 = contentOf(chain.popTail());
            r.r4 = contentOf(chain.popTail());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"2, 3, 0", "3, 2, 0"},
            expect = ACCEPTABLE,
            desc = "each thief got one from the newer ring")
    @Outcome(expect = FORBIDDEN, desc = "an item was lost or doubled as the older ring was let go")
    @State
    public static class TwoThievesLeaveARing {
        private final RingChain<Item> chain = chain();

        public TwoThievesLeaveARing() {
            chain.pushHead(Item.of(1));
            chain.pushHead(new Object[] {Item.of(2), Item.of(3)}, 0, 2);
            chain.popTail();
        }

        @Actor
        public void thief(III_Result r) {
            r.r1 = contentOf(chain.popTail());
        }

        @Actor
        public void otherThief(III_Result r) {
            r.r2 = contentOf(chain.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(chain.popHead());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"3, 0, 4", "3, 4, 0", "0, 3, 4"},
            expect = ACCEPTABLE,
            desc = "each item to one taker")
    @Outcome(expect = FORBIDDEN, desc = "an item was lost, doubled or seen before its content")
    @State
    public static class ShrinkingAgainstThief {
        private final RingChain<Item> chain = chain();

        public ShrinkingAgainstThief() {
            chain.pushHead(new Object[] {Item.of(1), Item.of(2)}, 0, 2);
            chain.popTail(new Object[2], 0, 2);
            chain.pushHead(Item.of(3));
        }

        @Actor
        public void owner(III_Result r) {
            r.r1 = contentOf(chain.popHead());
            chain.shrink();
            chain.pushHead(Item.of(4));
        }

        @Actor
        public void thief(III_Result r) {
            r.r2 = contentOf(chain.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(chain.popTail());
        }
    }
}
