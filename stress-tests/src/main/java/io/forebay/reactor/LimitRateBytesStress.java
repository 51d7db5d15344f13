package io.forebay.reactor;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.scheduler.Schedulers;

/** Races between a release elsewhere and the worker of {@link LimitRateBytes}, which finds that too much is out. */
public final class LimitRateBytesStress {
    private LimitRateBytesStress() {}

    /** A source that counts what is requested, and a subscriber that leaves what it gets to another thread. */
    private static final class Handing implements CoreSubscriber<Lease>, Subscription {
        private static final int MOST_SPINS = 1_000;

        private final ReframeSubscriber<Lease, Lease> operator = new ReframeSubscriber<>(
                this,
                Scannable.from(null),
                Function.identity(),
                new LimitRateBytes(/* limitBytes= */ 1, Schedulers.immediate()));

        private volatile @Nullable Lease handed;

        int asked; // its worker's, then the arbiter's

        Handing() {
            operator.onSubscribe(this);
            operator.request(Long.MAX_VALUE);
        }

        void releaseHanded() {
            Lease lease = handed;
            for (int spins = 0; spins < MOST_SPINS && lease == null; spins++) {
                Thread.onSpinWait();
                lease = handed;
            }
            if (lease != null) {
                lease.close();
            }
        }

        @Override
        public void request(long n) {
            asked++;
        }

        @Override
        public void cancel() {}

        @Override
        public void onSubscribe(Subscription s) {}

        @Override
        public void onNext(Lease lease) {
            handed = lease;
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }

    @JCStressTest
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "what was released let in one more")
    @Outcome(expect = FORBIDDEN, desc = "a release was missed, or requested twice for")
    @State
    public static class ReleaseBesideTheLookAtTheLimit {
        private final Handing flow = new Handing();
        private final ByteBuf one = Counted.make().setIndex(0, 1);

        @Actor
        public void source() {
            flow.operator.onNext(Lease.adopt(one));
        }

        @Actor
        public void releaser() {
            flow.releaseHanded();
        }

        @Arbiter
        public void after(II_Result r) {
            flow.releaseHanded(); // if it was too early before
            r.r1 = flow.asked;
            r.r2 = Counted.held(one);
        }
    }

    /** Where nobody else holds the buffer, its own count tells. */
    @JCStressTest
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "what was released let in one more")
    @Outcome(expect = FORBIDDEN, desc = "a release was missed, or requested twice for")
    @State
    public static class ReleaseOfASoleReferenceBesideTheLookAtTheLimit {
        private final Handing flow = new Handing();
        private final ByteBuf one = Counted.make().setIndex(0, 1);

        public ReleaseOfASoleReferenceBesideTheLookAtTheLimit() {
            one.release();
        }

        @Actor
        public void source() {
            flow.operator.onNext(Lease.adopt(one));
        }

        @Actor
        public void releaser() {
            flow.releaseHanded();
        }

        @Arbiter
        public void after(II_Result r) {
            flow.releaseHanded(); // if it was too early before
            r.r1 = flow.asked;
            r.r2 = one.refCnt();
        }
    }
}
