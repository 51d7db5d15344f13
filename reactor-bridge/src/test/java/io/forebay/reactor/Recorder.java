package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * Keeps every element it ever gets, and notes when the rules are broken towards it: those of Reactive Streams, and that what
 * comes is its own. So no lease is closed when it comes, or later by anybody else, but by the end of its scope.
 */
final class Recorder implements CoreSubscriber<Object>, AutoCloseable {
    private final long initialRequest;
    private final Queue<Object> elements = new ConcurrentLinkedQueue<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final AtomicInteger signalling = new AtomicInteger();
    private volatile boolean terminated;
    private volatile @Nullable Subscription subscription;

    Recorder(long initialRequest) {
        this.initialRequest = initialRequest;
    }

    private Subscription subscription() {
        Subscription subscription = this.subscription;
        if (subscription == null) {
            throw new IllegalStateException("not subscribed");
        }
        return subscription;
    }

    void request(long n) {
        requested.accumulateAndGet(n, (before, more) -> before + more < 0 ? Long.MAX_VALUE : before + more);
        subscription().request(n);
    }

    void cancel() {
        subscription().cancel();
    }

    boolean isSubscribed() {
        return subscription != null;
    }

    boolean isTerminated() {
        return terminated;
    }

    private void signal(Runnable body) {
        if (signalling.getAndIncrement() != 0) {
            violations.add("two signals at once");
        }
        if (terminated) {
            violations.add("a signal after the end");
        }
        body.run();
        signalling.getAndDecrement();
    }

    /** An error that comes after a cancel is dropped here, and not in the log. */
    @Override
    public Context currentContext() {
        Consumer<Throwable> dropped = failure -> {};
        return Context.of("reactor.onErrorDropped.local", dropped);
    }

    @Override
    public void onSubscribe(Subscription s) {
        subscription = s;
        if (initialRequest > 0) {
            request(initialRequest);
        }
    }

    @Override
    public void onNext(Object element) {
        signal(() -> {
            check(element, "when it came");
            elements.add(element);
            if (received.incrementAndGet() > requested.get()) {
                violations.add("more than requested");
            }
        });
    }

    @Override
    public void onError(Throwable failure) {
        signal(() -> terminated = true);
    }

    @Override
    public void onComplete() {
        signal(() -> terminated = true);
    }

    /** A lease that is closed twice says nothing, so who closed it first is found out here. */
    private void check(Object element, String when) {
        if (element instanceof Lease lease) {
            LeaseScope scope = lease.scope();
            if (lease.isDisposed() && (scope == null || !scope.isEnded())) {
                violations.add("somebody else had closed it " + when + ": " + lease);
            }
        } else if (element instanceof List<?> elements) {
            elements.forEach(one -> check(one, when));
        }
    }

    /** For a test that has its own subscriber, as if it had come here: notes what is wrong with it, and releases it. */
    void use(Object element) {
        check(element, "when it came");
        release(element);
    }

    static void release(Object element) {
        if (element instanceof Lease lease) {
            lease.close();
        } else if (element instanceof ByteBuf buffer) {
            buffer.release();
        } else if (element instanceof List<?> elements) {
            elements.forEach(Recorder::release);
        }
    }

    /** Releases what it got since it last did, and checks that the rules were kept. */
    @Override
    public void close() {
        for (Object element = elements.poll(); element != null; element = elements.poll()) {
            check(element, "when it was to be released");
            release(element);
        }
        assertThat(violations).isEmpty();
    }
}
