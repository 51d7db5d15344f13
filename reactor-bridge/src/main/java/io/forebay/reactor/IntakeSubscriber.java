package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Makes leases for a subscriber that closes all it gets, in whatever order signals come, and shows them to nobody: they stay
 * inside. So it keeps nothing, and demand is the subscriber's. One that takes buffers, or polls, where the source lets it, gets those.
 */
final class IntakeSubscriber<I> implements CoreSubscriber<I>, QueueSubscription<ByteBuf>, Scannable {
    private final CoreSubscriber<? super Lease> actual;
    private final @Nullable BufferSubscriber taker; // actual, if it is
    private final Scannable operator; // knows its name
    private final Function<? super I, ByteBuf> intake;

    @SuppressWarnings("NullAway.Init") // set by onSubscribe, which comes first
    private Subscription s;

    private @Nullable QueueSubscription<? extends I> polled; // s, if it is; downstream sets it before all else

    private boolean done; // upstream's
    private volatile boolean cancelled; // downstream writes once, a scan reads

    /** @param operator has the name that a scan calls it by */
    IntakeSubscriber(CoreSubscriber<? super Lease> actual, Scannable operator, Function<? super I, ByteBuf> intake) {
        this.actual = actual;
        this.taker = actual instanceof BufferSubscriber taker ? taker : null;
        this.operator = operator;
        this.intake = intake;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(this.s, s)) {
            this.s = s;
            actual.onSubscribe(this);
        }
    }

    @Override
    public void onNext(I element) {
        Objects.requireNonNull(element, "element");
        BufferSubscriber taker = this.taker;
        ByteBuf buffer;
        Lease lease = null;
        try {
            buffer = Objects.requireNonNull(intake.apply(element), "buffer");
            if (taker == null) {
                lease = Lease.adoptInside(buffer);
            }
        } catch (Throwable failure) { // told to the subscriber
            Throwable unused = Failures.cancel(s, failure);
            onError(Failures.told(failure, element, currentContext()));
            return;
        }
        if (taker == null) {
            actual.onNext(lease);
        } else {
            taker.onNextBuffer(buffer);
        }
    }

    @Override
    public void onError(Throwable failure) {
        done = true;
        actual.onError(failure);
    }

    @Override
    public void onComplete() {
        done = true;
        actual.onComplete();
    }

    @Override
    public int requestFusion(int requestedMode) {
        polled = (requestedMode & Fuseable.SYNC) == 0 ? null : SyncFusion.polledIfOffered(s);
        return polled == null ? Fuseable.NONE : Fuseable.SYNC;
    }

    /** Who polls gets buffers, with a reference that is the caller's, and needs no leases. */
    @Override
    public @Nullable ByteBuf poll() {
        I element = polled().poll();
        done = element == null;
        return element == null ? null : intake.apply(element);
    }

    private QueueSubscription<? extends I> polled() {
        return Objects.requireNonNull(polled, "polled");
    }

    @Override
    public boolean isEmpty() {
        return polled().isEmpty();
    }

    @Override
    public int size() {
        return polled().size();
    }

    @Override
    public void clear() {
        polled().clear();
    }

    @Override
    public void request(long n) {
        s.request(n);
    }

    @Override
    public void cancel() {
        cancelled = true;
        s.cancel();
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    @Override
    public String stepName() {
        return operator.stepName();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.TERMINATED) {
            return done;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
