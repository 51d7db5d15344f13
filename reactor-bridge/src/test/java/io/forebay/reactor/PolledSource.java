package io.forebay.reactor;

import java.util.AbstractQueue;
import java.util.Collections;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;

/**
 * A source of one subscription that offers synchronous fusion, and notes what must not happen to such a one: two calls at
 * once, a call after its end or its cancel, two cancels, a request.
 */
final class PolledSource extends Flux<Lease> implements Fuseable {
    private final Queue<Supplier<Lease>> elements = new ConcurrentLinkedQueue<>();
    final Queue<String> violations = new ConcurrentLinkedQueue<>();
    final AtomicInteger polls = new AtomicInteger();
    final AtomicInteger cancels = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean ended;
    private volatile boolean failsWhenAskedForItsEnd;

    /** Makes each element when it is polled. */
    PolledSource(Iterable<? extends Supplier<Lease>> elements) {
        elements.forEach(this.elements::add);
    }

    PolledSource failsWhenAskedForItsEnd() {
        failsWhenAskedForItsEnd = true;
        return this;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(new Polled());
    }

    private <T> T call(String name, Supplier<T> body) {
        if (calls.getAndIncrement() != 0) {
            violations.add(name + " beside another call");
        }
        if (ended) {
            violations.add(name + " after the end");
        }
        try {
            return body.get();
        } finally {
            calls.getAndDecrement();
        }
    }

    private final class Polled extends AbstractQueue<Lease> implements Fuseable.QueueSubscription<Lease> {
        @Override
        public int requestFusion(int requestedMode) {
            return requestedMode & Fuseable.SYNC;
        }

        @Override
        public @Nullable Lease poll() {
            return call("poll", () -> {
                polls.incrementAndGet();
                Supplier<Lease> next = elements.poll();
                ended |= next == null;
                return next == null ? null : next.get();
            });
        }

        @Override
        public boolean isEmpty() {
            return call("isEmpty", () -> {
                if (failsWhenAskedForItsEnd) {
                    throw new IllegalStateException("the end is not known");
                }
                return elements.isEmpty();
            });
        }

        @Override
        public void cancel() {
            call("cancel", () -> {
                ended = true;
                return cancels.incrementAndGet();
            });
        }

        @Override
        public void request(long n) {
            violations.add("request of " + n);
        }

        @Override
        public int size() {
            return elements.size();
        }

        @Override
        public Lease peek() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean offer(@Nullable Lease lease) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Iterator<Lease> iterator() {
            return Collections.emptyIterator();
        }
    }
}
