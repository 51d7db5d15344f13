package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/**
 * Files and streams within a scope, or behind it, that ends while they are at it: no memory goes to somebody else under a call
 * that reads or writes it, and all of it goes afterwards.
 */
class ScopedTransferTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    /** To be called in the middle of a call. */
    private void hang() {
        begun.countDown();
        join(go);
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private final class HangingInput extends InputStream {
        @Override
        public int read() {
            hang();
            return 1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            hang();
            bytes[offset] = 1;
            return 1;
        }
    }

    private final class HangingOutput extends OutputStream {
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            hang();
            written.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            hang();
            written.write(bytes, offset, length);
        }
    }

    private <T> TestSubscriber<T> subscribeTo(Publisher<T> publisher) {
        TestSubscriber<T> subscriber = TestSubscriber.create();
        publisher.subscribe(subscriber);
        return subscriber;
    }

    @Test
    void aReadThatIsUnderWayKeepsItsMemoryWhenTheScopeIsCancelled() {
        TestSubscriber<Lease> subscriber = subscribeTo(memory.pool.scoped(
                scope -> ByteStreams.read(HangingInput::new, scope::acquire, 10, Schedulers.boundedElastic())));
        join(begun);
        subscriber.cancel();
        assertThat(memory.buffers.open()).isEqualTo(1);
        assertThat(memory.budget.used()).isEqualTo(10);
        go.countDown(); // then all goes back, as SmallPool awaits
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void aReadThatIsUnderWayKeepsItsMemoryWhenTheScopeEndsElsewise() {
        LeaseScope scope = new LeaseScope(memory.pool);
        TestSubscriber<Lease> outside =
                subscribeTo(ByteStreams.read(HangingInput::new, scope::acquire, 10, Schedulers.boundedElastic()));
        join(begun);
        scope.end();
        assertThat(memory.buffers.open()).isEqualTo(1);
        outside.cancel();
        go.countDown();
    }

    @Test
    void aWriteThatIsUnderWayKeepsItsMemoryWhenTheScopeIsCancelled() {
        HangingOutput output = new HangingOutput();
        TestSubscriber<Long> subscriber = subscribeTo(memory.pool.scoped(scope -> Flux.just("ab\n", "cd\n")
                .map(text -> scope.adopt(memory.buffers.of(text.getBytes(StandardCharsets.US_ASCII))))
                .transform(ByteFlux.lines(10)) // slices, which share a reference
                .as(ByteStreams.write(() -> output, Schedulers.boundedElastic()))));
        join(begun);
        subscriber.cancel();
        assertThat(memory.buffers.open()).isPositive();
        go.countDown();
        StepVerifier.create(Mono.fromCallable(() -> output.written.toString(StandardCharsets.US_ASCII))
                        .repeat()
                        .filter("ab"::equals)
                        .next())
                .expectNext("ab")
                .verifyComplete();
    }

    /** Whose read is told of by the test. */
    private static final class ToldLater extends HandlerChannel {
        private Runnable told = () -> {};

        @Override
        public <A> void read(
                ByteBuffer into, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
            told = () -> {
                into.put((byte) 1);
                handler.completed(1, attachment);
            };
        }

        @Override
        public <A> void write(
                ByteBuffer from, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
            throw new UnsupportedOperationException();
        }

        void tell() {
            told.run();
        }

        @Override
        public long size() {
            return 1;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void aReadByAChannelsThreadsKeepsItsMemory() {
        ToldLater channel = new ToldLater();
        TestSubscriber<Lease> subscriber = subscribeTo(
                memory.pool.scoped(scope -> ByteFiles.read(channel, 0, Long.MAX_VALUE, scope::acquire, 10)));
        subscriber.cancel();
        assertThat(memory.buffers.open()).isEqualTo(1);
        channel.tell();
        assertThat(memory.buffers.open()).isZero();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void whatIsReadIsTheScopesAgain() {
        AtomicInteger open = new AtomicInteger();
        StepVerifier.create(memory.pool.scoped(scope -> ByteStreams.read(
                                () -> new CountedStream(30, -1), scope::acquire, 10, Schedulers.immediate())
                        .doOnNext(lease -> open.set(scope.open()))))
                .expectNextCount(3)
                .verifyComplete();
        assertThat(open).hasValue(3);
        memory.buffers.check(); // though nobody has closed them
    }

    @Test
    void aScopeBeforeAWriterLeavesItAllThatHasCome() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        StepVerifier.create(memory.pool
                        .scoped(scope -> Flux.range(0, 3)
                                .concatMap(i -> scope.acquire(10))
                                .doOnNext(lease -> lease.buffer().writeByte('a')))
                        .as(ByteStreams.write(() -> output, Schedulers.boundedElastic())))
                .expectNext(3L)
                .verifyComplete();
        assertThat(output).hasToString("aaa");
    }

    @Test
    void aScopeThatCannotCloseALeaseStillLetsAWriterCloseItsStream() {
        CountedOutput output = new CountedOutput();
        TestSubscriber<Long> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        memory.pool
                .scoped(scope -> {
                    ByteBuf released = Unpooled.buffer(1);
                    Lease unused = scope.adopt(released);
                    released.release();
                    return Flux.<Lease>never();
                })
                .as(ByteStreams.write(() -> output, Schedulers.immediate()))
                .subscribe(subscriber);
        subscriber.cancel();
        assertThat(output.closes).hasValue(1);
    }

    private static final class CountedOutput extends OutputStream {
        private final AtomicInteger closes = new AtomicInteger();

        @Override
        public void write(int b) {}

        @Override
        public void close() {
            closes.incrementAndGet();
        }
    }

    @Test
    void aSourceThatThrowsWhenCancelledKeepsNoStreamOpenAndNothingThatHasCome() {
        CountedOutput output = new CountedOutput();
        Throwing source = new Throwing();
        TestSubscriber<Long> writing = TestSubscriber.create();
        source.as(ByteStreams.write(() -> output, Schedulers.immediate())).subscribe(writing);
        writing.cancel();
        assertThat(output.closes).hasValue(1);

        InputStream reading = source.as(ByteStreams.toInputStream(100));
        source.emit(memory.buffers.lease((byte) 1));
        assertThatThrownBy(reading::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("boom");
        assertThat(memory.buffers.open()).isZero();

        TestSubscriber<Lease> branch = subscribe(source.as(ByteFlux.multicast(1)), 0);
        source.emit(memory.buffers.lease((byte) 1));
        branch.cancel(); // the failure is dropped
        assertThat(memory.buffers.open()).isZero();
    }

    /** Breaks rule 3.15. */
    private static final class Throwing extends Flux<Lease> {
        private final AtomicReference<CoreSubscriber<? super Lease>> actual = new AtomicReference<>();

        @Override
        public void subscribe(CoreSubscriber<? super Lease> actual) {
            this.actual.set(actual);
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {}

                @Override
                public void cancel() {
                    throw new IllegalStateException("boom");
                }
            });
        }

        void emit(Lease lease) {
            Objects.requireNonNull(actual.get()).onNext(lease);
        }
    }

    @Test
    void aScopeThatEndsBesideAReaderOfAStreamTakesNothingFromUnderIt() throws IOException {
        for (int round = 0; round < 300; round++) {
            LeaseScope ends = new LeaseScope(memory.pool);
            InputStream stream = Flux.range(0, 3)
                    .map(i -> ends.adopt(memory.buffers.of((byte) 1, (byte) 1, (byte) 1)))
                    .as(ByteStreams.toInputStream(100));
            AtomicInteger sum = new AtomicInteger();
            Patience.race(ends::end, () -> sum.set(sumOfSome(stream)));
            assertThat(sum.get()).isBetween(0, 8);
            stream.close();
            assertThat(memory.buffers.open()).isZero();
        }
    }

    private static int sumOfSome(InputStream stream) {
        int sum = 0;
        try {
            for (int time = 0; time < 4; time++) { // parts of leases, and several at once
                for (byte each : stream.readNBytes(2)) {
                    sum += each;
                }
            }
        } catch (IOException gone) {
            assertThat(gone).hasMessageContaining("was closed before it was read");
        }
        return sum;
    }
}
