package io.forebay.reactor;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Waits for one lease, and passes it on to the reader. */
final class LeaseReceiver implements CoreSubscriber<Lease>, Scannable {
    private final ReadSubscription reader;
    private volatile @Nullable Subscription s; // its publisher writes: none once that has ended; who cancels reads
    private volatile boolean cancelled; // who cancels writes, onSubscribe reads
    private boolean got; // its publisher's

    LeaseReceiver(ReadSubscription reader) {
        this.reader = reader;
    }

    /** What that throws, with what failed before. */
    @Nullable
    Throwable cancel(@Nullable Throwable before) {
        cancelled = true;
        Subscription s = this.s;
        return s == null ? before : Failures.cancel(s, before);
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (!Operators.validate(this.s, s)) {
            return;
        }
        this.s = s;
        if (cancelled) {
            Failures.drop(Failures.cancel(s, /* before= */ null), currentContext());
        } else {
            s.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        if (got) { // by a publisher that breaks the rules; the first may be in the middle of a read
            lease.close();
            return;
        }
        got = true;
        reader.acquired(lease);
    }

    @Override
    public void onError(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        s = null; // rule 2.3: what fails the reader cancels all it has
        if (got || cancelled) { // the lease may be in the middle of a read
            Operators.onErrorDropped(failure, currentContext());
        } else {
            reader.failed(failure);
        }
    }

    @Override
    public void onComplete() {
        s = null; // rule 2.3
        if (!got && !cancelled) {
            reader.failed(new IllegalStateException("the function for buffers gave none"));
        }
    }

    @Override
    public Context currentContext() {
        return reader.currentContext();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares it; attributes are constants
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.ACTUAL) {
            return reader;
        }
        if (key == Attr.PARENT) {
            return s;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
