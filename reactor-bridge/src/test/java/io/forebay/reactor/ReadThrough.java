package io.forebay.reactor;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Reads its source as a stream and emits the bytes, for suites that want a publisher: on whatever thread signals or requests,
 * what is there by then, so that no read waits. A cancel closes the stream, maybe under a read.
 */
final class ReadThrough extends Flux<byte[]> {
    private static final int MOST_BYTES = 3; // at a read: parts of leases, and of two at once

    private final Flux<Lease> source;
    private final long prefetchBytes;

    ReadThrough(Flux<Lease> source, long prefetchBytes) {
        this.source = source;
        this.prefetchBytes = prefetchBytes;
    }

    @Override
    public void subscribe(CoreSubscriber<? super byte[]> actual) {
        Reading reading = new Reading(actual);
        Flux<Lease> watched =
                source.transform(Operators.<Lease, Lease>lift((scannable, stream) -> new Watched(stream, reading)));
        reading.begin(watched.as(ByteStreams.toInputStream(prefetchBytes)));
    }

    private static final class Reading implements Subscription {
        private final CoreSubscriber<? super byte[]> actual;
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger wip = new AtomicInteger(1); // from the start, until the stream is here
        private volatile boolean cancelled;
        private @Nullable InputStream stream; // written before anybody else reads or cancels
        private boolean over; // who works

        Reading(CoreSubscriber<? super byte[]> actual) {
            this.actual = actual;
        }

        void begin(InputStream stream) {
            this.stream = stream;
            actual.onSubscribe(this);
            workOff();
        }

        private InputStream stream() {
            return Objects.requireNonNull(stream, "stream");
        }

        @Override
        public void request(long n) {
            requested.accumulateAndGet(n, Operators::addCap);
            work();
        }

        @Override
        public void cancel() {
            cancelled = true;
            close();
        }

        private void close() {
            try {
                stream().close();
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
        }

        void work() {
            if (wip.getAndIncrement() == 0) {
                workOff();
            }
        }

        private void workOff() {
            int met = 1;
            while (met != 0) {
                boolean more = true;
                while (more) {
                    more = step();
                }
                met = wip.addAndGet(-met);
            }
        }

        /** Whether there may be more to read. */
        private boolean step() {
            if (over || cancelled) {
                return false;
            }
            try {
                return readOn();
            } catch (IOException failure) { // of the source, or a cancel has closed the stream
                end();
                if (!cancelled) {
                    actual.onError(failure);
                }
                return false;
            }
        }

        private boolean readOn() throws IOException {
            boolean isDone =
                    Boolean.TRUE.equals(Scannable.from(stream()).scan(Scannable.Attr.TERMINATED)); // this first
            boolean isAvailable = stream().available() > 0;
            if (isAvailable ? requested.get() == 0 : !isDone) {
                return false;
            }
            byte[] bytes = new byte[MOST_BYTES];
            int read = stream().read(bytes);
            if (read < 0) {
                end();
                actual.onComplete();
                return false;
            }
            requested.updateAndGet(before -> before == Long.MAX_VALUE ? before : before - 1);
            actual.onNext(Arrays.copyOf(bytes, read));
            return true;
        }

        private void end() {
            over = true;
            close();
        }
    }

    /** Passes signals on to the stream, then has it read. */
    private record Watched(CoreSubscriber<? super Lease> stream, Reading reading) implements CoreSubscriber<Lease> {
        @Override
        public Context currentContext() {
            return stream.currentContext();
        }

        @Override
        public void onSubscribe(Subscription s) {
            stream.onSubscribe(s);
        }

        @Override
        public void onNext(Lease lease) {
            stream.onNext(lease);
            reading.work();
        }

        @Override
        public void onError(Throwable failure) {
            stream.onError(failure);
            reading.work();
        }

        @Override
        public void onComplete() {
            stream.onComplete();
            reading.work();
        }
    }
}
