package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class LeaseInputStreamTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private Flux<Lease> leases(String... contents) {
        return Flux.fromArray(contents).map(content -> buffers.lease(content.getBytes(US_ASCII)));
    }

    @Test
    void whatIsReadIsWhatCame() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            Flux<Lease> flux = Flux.range(0, random.nextInt(20)).map(i -> {
                byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                expected.writeBytes(bytes);
                return buffers.lease(bytes);
            });
            if (random.nextBoolean()) {
                flux = flux.subscribeOn(Schedulers.parallel());
            }
            ByteArrayOutputStream actual = new ByteArrayOutputStream();
            Random reads = new Random(seed);
            try (InputStream stream = flux.as(ByteStreams.toInputStream(random.nextInt(30)))) {
                byte[] bytes = new byte[1 + reads.nextInt(30)];
                int read = stream.read(bytes);
                while (read >= 0) {
                    actual.write(bytes, 0, read);
                    if (reads.nextInt(4) == 0) {
                        int one = stream.read();
                        if (one >= 0) {
                            actual.write(one);
                        }
                    }
                    read = stream.read(bytes, 0, 1 + reads.nextInt(bytes.length));
                }
                assertThat(stream.read()).isEqualTo(-1);
            }
            assertThat(actual.toByteArray()).as("seed=%d", seed).isEqualTo(expected.toByteArray());
        }
    }

    @Test
    void noMoreIsRequestedThanIsToWait() throws IOException {
        AtomicLong requested = new AtomicLong();
        Flux<Lease> flux = leases("ab", "cd", "ef", "gh", "ij").doOnRequest(requested::addAndGet);
        try (InputStream stream = flux.as(ByteStreams.toInputStream(3))) {
            assertThat(requested).hasValue(2);
            assertThat(stream.available()).isEqualTo(4);
            assertThat(stream.readNBytes(2)).hasSize(2);
            assertThat(requested).hasValue(3);
        }
        requested.set(0);
        try (InputStream stream = flux.as(ByteStreams.toInputStream(0))) {
            assertThat(requested).hasValue(0);
            assertThat(stream.read()).isEqualTo('a');
            assertThat(stream.read()).isEqualTo('b');
            assertThat(requested).hasValue(1);
            assertThat(stream.read(new byte[0])).isZero();
        }
    }

    @Test
    void anErrorComesAfterWhatWaits() throws IOException {
        Flux<Lease> failing = leases("ab").concatWith(Mono.error(new IllegalStateException("boom")));
        try (InputStream stream = failing.as(ByteStreams.toInputStream(10))) {
            assertThat(stream.readNBytes(2)).hasSize(2);
            assertThatThrownBy(stream::read)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the source failed: boom")
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closeCancelsAndClosesWhatWaitsAndWhatStillComes() throws IOException {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        InputStream stream = source.flux().as(ByteStreams.toInputStream(10));
        source.next(buffers.lease((byte) 1));
        stream.close();
        stream.close();
        assertThat(buffers.open()).isZero();
        source.assertCancelled(1);
        source.next(buffers.lease((byte) 2));
        assertThatThrownBy(stream::read).hasMessage("the stream is closed");
        assertThatThrownBy(stream::available).hasMessage("the stream is closed");
    }

    @Test
    void aCloseElsewhereEndsAReadThatWaits() {
        InputStream stream = Flux.<Lease>never().as(ByteStreams.toInputStream(0));
        CompletableFuture<Integer> read = new CompletableFuture<>();
        Thread thread = new Thread(() -> complete(read, stream));
        thread.start();
        await().until(() -> thread.getState() == Thread.State.WAITING);
        close(stream);
        assertThatThrownBy(read::join).hasRootCauseMessage("the stream is closed");
    }

    @Test
    void anInterruptEndsAReadThatWaits() {
        InputStream stream = Flux.<Lease>never().as(ByteStreams.toInputStream(0));
        CompletableFuture<Integer> read = new CompletableFuture<>();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            complete(read, stream);
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        thread.start();
        await().until(() -> thread.getState() == Thread.State.WAITING);
        thread.interrupt();
        assertThatThrownBy(read::join).hasRootCauseInstanceOf(InterruptedIOException.class);
        assertThat(interrupted.join()).isTrue();
        close(stream);
    }

    private static void complete(CompletableFuture<Integer> result, InputStream stream) {
        try {
            result.complete(stream.read());
        } catch (IOException failure) {
            result.completeExceptionally(failure);
        }
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void aThreadThatMustNotBlockIsRefused() {
        InputStream stream = Flux.<Lease>never().as(ByteStreams.toInputStream(0));
        Mono<Integer> read = Mono.fromCallable(() -> stream.read()).subscribeOn(Schedulers.parallel());
        assertThatThrownBy(read::block)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must not");
        close(stream);
    }

    @Test
    void aCloseRacingElementsClosesEachOnce() {
        for (int round = 0; round < 500; round++) {
            TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                    TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
            try (Buffers shared = new Buffers(/* references= */ 2)) {
                InputStream stream = source.flux().as(ByteStreams.toInputStream(2));
                Patience.race(
                        () -> {
                            source.next(shared.lease((byte) 1));
                            source.next(shared.lease((byte) 2));
                            source.complete();
                        },
                        () -> close(stream));
            }
        }
    }

    /** The reads wait, with nothing requested before, a little, and all. */
    @Test
    void aReadRacingTheEndAndACloseClosesEachOnce() {
        long[] prefetchBytes = {0, 1, 100};
        for (int round = 0; round < 1_200; round++) {
            boolean fails = round % 2 == 0;
            boolean closes = round % 4 < 2;
            TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                    TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
            try (Buffers shared = new Buffers(/* references= */ round % 8 < 4 ? 1 : 2)) {
                InputStream stream = source.flux().as(ByteStreams.toInputStream(prefetchBytes[round % 3]));
                source.next(shared.lease((byte) 1));
                Patience.race(
                        () -> readAll(stream, fails, closes),
                        () -> {
                            source.next(shared.lease((byte) 2, (byte) 3));
                            end(source, fails);
                        },
                        closes ? () -> close(stream) : () -> {});
                close(stream);
            }
        }
    }

    private static void end(TestPublisher<Lease> source, boolean fails) {
        if (fails) {
            source.error(new IllegalStateException("boom"));
        } else {
            source.complete();
        }
    }

    private static void readAll(InputStream stream, boolean fails, boolean closes) {
        try {
            assertThat(stream.readAllBytes()).containsExactly(1, 2, 3);
            assertThat(fails).isFalse();
        } catch (IOException failure) {
            boolean isOfSource = "the source failed: boom".equals(failure.getMessage());
            assertThat(isOfSource ? fails : closes).isTrue();
            assertThat(isOfSource || "the stream is closed".equals(failure.getMessage()))
                    .isTrue();
        }
    }

    @Test
    void anErrorAfterEachElementClosesWhatWaits() throws IOException {
        for (int elements = 0; elements < 4; elements++) {
            for (int bytes = 0; bytes <= 2 * elements; bytes++) {
                TestPublisher<Lease> source =
                        TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
                InputStream stream = source.flux().as(ByteStreams.toInputStream(1));
                for (int i = 0; i < elements; i++) {
                    source.next(buffers.lease((byte) 1, (byte) 2));
                }
                source.error(new IllegalStateException("boom"));
                assertThat(stream.readNBytes(bytes)).hasSize(bytes);
                stream.close();
                assertThat(buffers.open()).isZero();
            }
        }
    }

    @Test
    void aCloseBeforeTheSourceHasAnsweredCancelsIt() throws IOException {
        AtomicReference<Subscriber<? super Lease>> subscribed = new AtomicReference<>();
        InputStream stream = Flux.<Lease>from(subscribed::set).as(ByteStreams.toInputStream(10));
        stream.close();
        AtomicInteger cancels = new AtomicInteger();
        AtomicLong requested = new AtomicLong();
        Objects.requireNonNull(subscribed.get()).onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                requested.addAndGet(n);
            }

            @Override
            public void cancel() {
                cancels.incrementAndGet();
            }
        });
        assertThat(cancels).hasValue(1);
        assertThat(requested).hasValue(0);
    }

    /**
     * Whoever releases may let in somebody who waits for the bytes, and run what that one does: two streams, each of which lets
     * in the other, must not hold their locks meanwhile.
     */
    @Test
    void leasesAreClosedWhereOthersMayUseTheStream() throws IOException {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        AtomicReference<InputStream> stream = new AtomicReference<>();
        AtomicInteger used = new AtomicInteger();
        Runnable use = () -> {
            CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(() -> {
                try {
                    Objects.requireNonNull(stream.get()).available();
                } catch (IOException closed) {
                    assertThat(closed).hasMessage("the stream is closed");
                }
            });
            assertThat(elsewhere).succeedsWithin(Patience.LIMIT);
            used.incrementAndGet();
        };
        stream.set(source.flux().as(ByteStreams.toInputStream(10)));
        InputStream opened = Objects.requireNonNull(stream.get());
        source.next(Lease.adopt(WatchedBuf.wrap(buffers.of((byte) 1), use)));
        assertThat(opened.read()).isEqualTo(1); // the last byte of the element
        assertThat(used).hasValue(1);
        source.next(Lease.adopt(WatchedBuf.wrap(buffers.of(new byte[0]), use)));
        assertThat(used).hasValue(2);
        source.next(Lease.adopt(WatchedBuf.wrap(buffers.of((byte) 1), use)));
        source.next(Lease.adopt(WatchedBuf.wrap(buffers.of((byte) 1), use)));
        opened.close();
        assertThat(used).hasValue(4);
        source.next(Lease.adopt(WatchedBuf.wrap(buffers.of((byte) 1), use)));
        assertThat(used).hasValue(5);
    }

    @Test
    void aLeaseThatSomebodyElseClosedIsAnErrorOfTheStream() throws IOException {
        TestPublisher<Lease> source = TestPublisher.create();
        try (InputStream stream = source.flux().as(ByteStreams.toInputStream(10))) {
            Lease first = buffers.lease((byte) 1, (byte) 2);
            source.next(first);
            assertThat(stream.read()).isEqualTo(1);
            first.close();
            source.next(buffers.lease((byte) 3));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(stream::read)
                        .isInstanceOf(IOException.class)
                        .hasCauseInstanceOf(IllegalStateException.class);
            }
        }
        source.assertCancelled();
    }

    @Test
    void aReadTakesWhatIsThereOfSeveralLeases() throws IOException {
        Flux<Lease> source = leases("ab", "cd", "ef", "gh").concatWith(Mono.never());
        try (InputStream stream = source.as(ByteStreams.toInputStream(6))) {
            byte[] bytes = new byte[10];
            assertThat(stream.read(bytes, 1, 5)).isEqualTo(5);
            assertThat(bytes).startsWith(0, 'a', 'b', 'c', 'd', 'e').endsWith(0, 0, 0, 0);
            assertThat(stream.read(bytes)).isEqualTo(3);
            assertThat(bytes).startsWith('f', 'g', 'h');
        }
    }

    @Test
    void whatWasReadBeforeAClosedLeaseComesBeforeTheError() throws IOException {
        TestPublisher<Lease> source = TestPublisher.create();
        try (InputStream stream = source.flux().as(ByteStreams.toInputStream(10))) {
            Lease second = buffers.lease((byte) 2);
            source.next(buffers.lease((byte) 1));
            source.next(second);
            second.close();
            byte[] bytes = new byte[10];
            assertThat(stream.read(bytes)).isEqualTo(1);
            assertThat(bytes[0]).isEqualTo((byte) 1);
            assertThatThrownBy(() -> stream.read(bytes)).hasMessage("a lease was closed before it was read");
        }
    }

    @Test
    void aLeaseThatCannotBeClosedLeavesTheStreamGoingOn() throws IOException {
        AtomicLong requested = new AtomicLong();
        Runnable failing = () -> {
            throw new IllegalStateException("boom");
        };
        TestPublisher<Lease> source = TestPublisher.create();
        Flux<Lease> flux = source.flux().doOnRequest(requested::addAndGet);
        try (InputStream stream = flux.as(ByteStreams.toInputStream(2))) {
            source.next(Lease.adopt(WatchedBuf.wrap(buffers.of((byte) 1), failing)));
            source.next(buffers.lease((byte) 2));
            assertThat(requested).hasValue(2);
            assertThatThrownBy(() -> stream.read(new byte[2])).hasMessage("boom");
            assertThat(buffers.open()).isZero();
            assertThat(requested).hasValue(3);
            source.next(buffers.lease((byte) 3));
            assertThat(stream.read()).isEqualTo(3);
        }
    }

    @Test
    void leasesAreMadeForItWhereBuffersCome() throws IOException {
        TestPublisher<ByteBuf> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        ByteBuf gone = buffers.of((byte) 9);
        gone.release();
        try (InputStream stream = source.flux().transform(Leases.own()).as(ByteStreams.toInputStream(3))) {
            lend(source, (byte) 1, (byte) 2);
            assertThat(stream.read()).isEqualTo(1);
            assertThat(stream.read()).isEqualTo(2);
            assertThat(buffers.open()).isZero();
            lend(source, (byte) 3);
            source.next(gone);
            assertThat(stream.read()).isEqualTo(3);
            assertThatThrownBy(stream::read).hasCauseInstanceOf(IllegalReferenceCountException.class);
            source.assertCancelled();
            lend(source, (byte) 4);
        }
    }

    private void lend(TestPublisher<ByteBuf> source, byte... bytes) {
        ByteBuf lent = buffers.of(bytes);
        source.next(lent);
        lent.release();
    }

    @Test
    void twoStreamsOfOneBudgetReadByTwoThreadsGoOn() {
        MemoryBudget budget = MemoryBudget.create("shared", 8);
        ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
        Flux<Lease> source = Flux.range(0, 2_000)
                .concatMap(i -> pool.acquire(4).doOnNext(lease -> lease.buffer().writeInt(i)), 1);
        Mono<Long> read = Mono.fromCallable(() -> {
                    try (InputStream stream = source.as(ByteStreams.toInputStream(0))) {
                        return stream.transferTo(OutputStream.nullOutputStream());
                    }
                })
                .subscribeOn(Schedulers.boundedElastic());
        StepVerifier.create(Flux.merge(read, read, read, read))
                .expectNext(8_000L, 8_000L, 8_000L, 8_000L)
                .expectComplete()
                .verify(Patience.LIMIT);
        assertThat(budget.used()).isZero();
    }

    @Test
    void badArgumentsAreRefused() {
        assertThatThrownBy(() -> ByteStreams.toInputStream(-1))
                .hasMessage("prefetchBytes must be >= 0: prefetchBytes=-1");
    }
}
