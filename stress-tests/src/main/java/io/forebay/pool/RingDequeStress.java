package io.forebay.pool;

import static io.forebay.pool.Item.BLANK;
import static io.forebay.pool.Item.NONE;
import static io.forebay.pool.Item.contentOf;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Races on a {@link RingDeque} whose indices are about to wrap. */
public final class RingDequeStress {
    private static final int START = -1;

    private RingDequeStress() {}

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one thief took it")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both took it")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "nobody took it")
    @Outcome(expect = FORBIDDEN, desc = "a thief saw the item before its content")
    @State
    public static class TwoThievesOneItem {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        public TwoThievesOneItem() {
            ring.pushHead(Item.of(1));
        }

        @Actor
        public void thief(II_Result r) {
            r.r1 = contentOf(ring.popTail());
        }

        @Actor
        public void otherThief(II_Result r) {
            r.r2 = contentOf(ring.popTail());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 2", "0, 1, 2"},
            expect = ACCEPTABLE,
            desc = "one took it, and both slots are free again")
    @Outcome(
            id = {"1, 1, 2", "1, 1, 1", "1, 1, 0"},
            expect = FORBIDDEN,
            desc = "owner and thief took it")
    @Outcome(
            id = {"0, 0, 2", "0, 0, 1", "0, 0, 0"},
            expect = FORBIDDEN,
            desc = "nobody took it")
    @Outcome(expect = FORBIDDEN, desc = "a slot was not handed back")
    @State
    public static class OwnerAndThiefForTheLastItem {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        public OwnerAndThiefForTheLastItem() {
            ring.pushHead(Item.of(1));
        }

        @Actor
        public void owner(III_Result r) {
            r.r1 = contentOf(ring.popHead());
        }

        @Actor
        public void thief(III_Result r) {
            r.r2 = contentOf(ring.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = ring.room(2);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "the thief was not done with the slot: full")
    @Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "the owner refilled the slot")
    @Outcome(id = "1, 1, 0", expect = FORBIDDEN, desc = "the thief erased what the owner had pushed")
    @Outcome(expect = FORBIDDEN, desc = "the slot changed under the thief")
    @State
    public static class PushIntoTheSlotOfAThief {
        private final RingDeque<Item> ring = new RingDeque<>(1, START);

        public PushIntoTheSlotOfAThief() {
            ring.pushHead(Item.of(1));
        }

        @Actor
        public void owner(III_Result r) {
            r.r1 = ring.pushHead(Item.of(2)) ? 1 : 0;
        }

        @Actor
        public void thief(III_Result r) {
            r.r2 = contentOf(ring.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(ring.popHead());
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 2", "1, 2, 0", "0, 1, 2"},
            expect = ACCEPTABLE,
            desc = "each item went to one taker")
    @Outcome(id = "1, 1, 2", expect = FORBIDDEN, desc = "the thief took what the owner had taken")
    @Outcome(expect = FORBIDDEN, desc = "an item was lost or seen before its content")
    @State
    public static class OwnerRefillsUnderAThief {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        public OwnerRefillsUnderAThief() {
            ring.pushHead(Item.of(1));
        }

        @Actor
        public void owner(III_Result r) {
            r.r1 = contentOf(ring.popHead());
            ring.pushHead(Item.of(2));
        }

        @Actor
        public void thief(III_Result r) {
            r.r2 = contentOf(ring.popTail());
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(ring.popTail());
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "nothing there yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the item with its content")
    @Outcome(id = "-1", expect = FORBIDDEN, desc = "thief saw the slot before its content")
    @State
    public static class ContentOfAPush {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        @Actor
        public void owner() {
            ring.pushHead(Item.of(1));
        }

        @Actor
        public void thief(I_Result r) {
            long claim = ring.claimTail(1);
            boolean won = claim != 0;
            int content = won ? contentOf(ring.takeTailSlot((int) claim)) : NONE;
            r.r1 = won && content == NONE ? BLANK : content;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing there yet")
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "the whole batch with its content")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "half of a batch")
    @Outcome(expect = FORBIDDEN, desc = "thief saw a slot before its content")
    @State
    public static class ContentOfABatch {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        @Actor
        public void owner() {
            ring.pushHead(new Object[] {Item.of(1), Item.of(2)}, 0, 2);
        }

        @Actor
        public void thief(II_Result r) {
            Object[] into = new Object[2];
            int count = ring.popTail(into, 0, 2);
            r.r1 = count > 0 && into[0] == null ? BLANK : contentOf(into[0]);
            r.r2 = count > 1 && into[1] == null ? BLANK : contentOf(into[1]);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"12, 0, 0", "0, 12, 0"},
            expect = ACCEPTABLE,
            desc = "each item went to one taker")
    @Outcome(expect = FORBIDDEN, desc = "an item was lost or taken twice")
    @State
    public static class OwnerAndThiefTakeBatches {
        private final RingDeque<Item> ring = new RingDeque<>(2, START);

        public OwnerAndThiefTakeBatches() {
            ring.pushHead(new Object[] {Item.of(1), Item.of(2)}, 0, 2);
        }

        @Actor
        public void owner(III_Result r) {
            Object[] into = new Object[2];
            r.r1 = digits(into, ring.popHead(into, 0, 2));
        }

        @Actor
        public void thief(III_Result r) {
            Object[] into = new Object[2];
            r.r2 = digits(into, ring.popTail(into, 0, 2));
        }

        @Arbiter
        public void after(III_Result r) {
            r.r3 = contentOf(ring.popTail());
        }

        private static int digits(Object[] items, int count) {
            int digits = 0;
            for (int i = 0; i < count; i++) {
                digits = digits * 10 + contentOf(items[i]);
            }
            return digits;
        }
    }
}
