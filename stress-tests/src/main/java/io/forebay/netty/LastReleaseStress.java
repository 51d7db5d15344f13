package io.forebay.netty;

import static io.forebay.netty.Bufs.NONE;
import static io.forebay.netty.Bufs.contentOf;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.util.IllegalReferenceCountException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;

/** Races for the last release of a {@link CountedByteBuf}, and on to where it becomes idle. */
public final class LastReleaseStress {
    // Homes are told apart by the thread, and jcstress chooses the actors' threads: a home actor enters its home first,
    // and
    // the states made from then on belong there. In those made before, both actors are elsewhere, or the roles are
    // swapped;
    // so each actor looks whether the buffer became idle on its own thread.

    private LastReleaseStress() {}

    /** A release that may be one too many, which is told so: whether it was taken for the last. */
    private static boolean releasedLast(HeapBuf buf) {
        try {
            return buf.release();
        } catch (IllegalReferenceCountException tooMany) {
            return false;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"2, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "one was the last, saw the other's content and sent it home")
    @Outcome(
            id = {"-1, 0, 1", "0, -1, 1"},
            expect = FORBIDDEN,
            desc = "the last did not see the other's content")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "nobody was the last")
    @Outcome(expect = FORBIDDEN, desc = "both were the last, or it did not arrive once")
    @State
    public static class TwoHoldersElsewhere {
        private final HeapBuf buf = Bufs.handOut(Home.LOOP, Home.FAR);

        public TwoHoldersElsewhere() {
            buf.retain();
        }

        @Actor
        public void holder(III_Result r) {
            buf.setByte(0, 1);
            r.r1 = buf.release() ? contentOf(buf, 1) : NONE;
        }

        @Actor
        public void otherHolder(III_Result r) {
            buf.setByte(1, 2);
            r.r2 = buf.release() ? contentOf(buf, 0) : NONE;
        }

        @Arbiter
        public void after(III_Result r) {
            Home.takeReturned();
            r.r3 = Home.idleOf(buf);
        }
    }

    @JCStressTest
    @Outcome(id = "2, 0, 1, 0", expect = ACCEPTABLE, desc = "the last was at home: idle there, by a plain store")
    @Outcome(id = "0, 1, 0, 1", expect = ACCEPTABLE, desc = "the last was elsewhere, and sent it home")
    @Outcome(
            id = {"2, 0, 0, 1", "0, 1, 1, 0"},
            expect = ACCEPTABLE,
            desc = "as these, but home was another thread's as yet")
    @Outcome(
            id = {"-1, 0, 1, 0", "-1, 0, 0, 1", "0, -1, 1, 0", "0, -1, 0, 1"},
            expect = FORBIDDEN,
            desc = "the last did not see the other's content")
    @Outcome(id = "0, 0, 0, 0", expect = FORBIDDEN, desc = "nobody was the last")
    @Outcome(expect = FORBIDDEN, desc = "both were the last, or it was not idle once")
    @State
    public static class TwoHoldersOneAtHome {
        private final HeapBuf buf = Bufs.handOut(Home.LOOP, Home.slot());
        private int idle;
        private int otherIdle;

        public TwoHoldersOneAtHome() {
            buf.retain();
        }

        @Actor
        public void home(IIII_Result r) {
            Home.enter();
            buf.setByte(0, 1);
            r.r1 = buf.release() ? contentOf(buf, 1) : NONE;
            idle = Home.takeIdle(buf);
        }

        @Actor
        public void elsewhere(IIII_Result r) {
            buf.setByte(1, 2);
            r.r2 = buf.release() ? contentOf(buf, 0) : NONE;
            otherIdle = Home.takeIdle(buf);
        }

        @Arbiter
        public void after(IIII_Result r) {
            Home.takeReturned();
            r.r3 = idle + otherIdle;
            r.r4 = Home.idleOf(buf);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1, 0", "0, 1, 1, 0"},
            expect = ACCEPTABLE,
            desc = "the one too many was told so")
    @Outcome(
            id = "1, 1, 1, 1",
            expect = ACCEPTABLE,
            desc = "at home the mark was overwritten, which its arrival showed")
    @Outcome(
            id = {"1, 1, 2, 0", "1, 0, 2, 0", "0, 1, 2, 0"},
            expect = FORBIDDEN,
            desc = "idle twice: it would have two owners")
    @Outcome(
            id = {"1, 0, 0, 0", "0, 1, 0, 0", "1, 1, 0, 1"},
            expect = FORBIDDEN,
            desc = "the buffer was lost")
    @Outcome(expect = FORBIDDEN, desc = "not released, or told nobody")
    @State
    public static class OneReferenceReleasedAtHomeAndElsewhere {
        private final HeapBuf buf = Bufs.handOut(Home.LOOP, Home.slot());
        private int idle;
        private int otherIdle;

        public OneReferenceReleasedAtHomeAndElsewhere() {
            buf.setByte(0, 1);
        }

        @Actor
        public void home(IIII_Result r) {
            Home.enter();
            r.r1 = releasedLast(buf) ? 1 : 0;
            idle = Home.takeIdle(buf);
        }

        @Actor
        public void elsewhere(IIII_Result r) {
            r.r2 = releasedLast(buf) ? 1 : 0;
            otherIdle = Home.takeIdle(buf);
        }

        @Arbiter
        public void after(IIII_Result r) {
            Home.takeReturned();
            r.r3 = idle + otherIdle + Home.idleOf(buf);
            r.r4 = Home.doublesOf(buf);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "the one too many was told so")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "the buffer was lost")
    @Outcome(expect = FORBIDDEN, desc = "both sent it home")
    @State
    public static class OneReferenceReleasedTwiceElsewhere {
        private final HeapBuf buf = Bufs.handOut(Home.LOOP, Home.FAR);

        public OneReferenceReleasedTwiceElsewhere() {
            buf.setByte(0, 1);
        }

        @Actor
        public void releaser(III_Result r) {
            r.r1 = releasedLast(buf) ? 1 : 0;
        }

        @Actor
        public void otherReleaser(III_Result r) {
            r.r2 = releasedLast(buf) ? 1 : 0;
        }

        @Arbiter
        public void after(III_Result r) {
            Home.takeReturned();
            r.r3 = Home.idleOf(buf) + Home.doublesOf(buf);
        }
    }
}
