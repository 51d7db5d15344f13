package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.CompositeByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** Leases into files and streams. */
class WriteTest {
    private final Buffers buffers = new Buffers();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @AfterEach
    void nothingLeaked() {
        await().pollDelay(Duration.ZERO).untilAsserted(buffers::check);
    }

    private static final class Stream extends OutputStream {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final AtomicInteger closes = new AtomicInteger();
        private boolean failsToWrite;
        private boolean failsToClose;

        @Override
        public void write(int b) throws IOException {
            if (failsToWrite) {
                throw new IOException("disk full");
            }
            out.write(b);
        }

        @Override
        public void close() throws IOException {
            closes.incrementAndGet();
            if (failsToClose) {
                throw new IOException("not closed");
            }
        }
    }

    private Flux<Lease> leases(int count) {
        return Flux.range(0, count).map(i -> buffers.lease((byte) (int) i, (byte) 0));
    }

    private static Mono<Long> write(Flux<Lease> flux, Stream stream) {
        return flux.as(ByteStreams.write(() -> stream, Schedulers.immediate()));
    }

    enum Way {
        PATH,
        CHANNEL,
        ASYNC,
        STREAM;

        Mono<Long> write(Flux<Lease> flux, Path file) {
            return switch (this) {
                case PATH -> flux.as(ByteFiles.write(file, Schedulers.single()));
                case CHANNEL ->
                    Mono.using(
                            () -> FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                            channel -> flux.as(ByteFiles.write(channel, 0, Schedulers.boundedElastic())),
                            WriteTest::close);
                case ASYNC ->
                    Mono.using(
                            () -> AsynchronousFileChannel.open(
                                    file, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                            channel -> flux.as(ByteFiles.write(channel, 0)),
                            WriteTest::close);
                case STREAM -> flux.as(ByteStreams.write(() -> Files.newOutputStream(file), Schedulers.single()));
            };
        }
    }

    private static void close(AutoCloseable closed) {
        try {
            closed.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    /** A lease on those bytes, in a composite of two or in one buffer. */
    private Lease lease(Random random, byte[] bytes) {
        if (random.nextBoolean()) {
            return buffers.lease(bytes);
        }
        int half = random.nextInt(bytes.length + 1);
        return Lease.adopt(new CompositeByteBuf(
                buffers,
                /* direct= */ false,
                2,
                buffers.of(Arrays.copyOf(bytes, half)),
                buffers.of(Arrays.copyOfRange(bytes, half, bytes.length))));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsInTheFile(Way way) throws IOException {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            Flux<Lease> flux = Flux.range(0, random.nextInt(10)).map(i -> {
                byte[] bytes = new byte[random.nextInt(50)];
                random.nextBytes(bytes);
                expected.writeBytes(bytes);
                return lease(random, bytes);
            });
            Path file = directory.resolve("seed" + seed);
            Long written = way.write(flux, file).block();
            assertThat(Files.readAllBytes(file)).as("%s, seed=%d", way, seed).isEqualTo(expected.toByteArray());
            assertThat(written).isEqualTo(expected.size());
        }
    }

    @Test
    void positionsTellUpToWhereItIsWritten() throws IOException {
        Path file = Files.write(directory.resolve("positions"), new byte[5]);
        StepVerifier.create(leases(3)
                        .transform(ByteFiles.writePositions(file, Schedulers.immediate(), StandardOpenOption.APPEND)))
                .expectNext(7L, 9L, 11L)
                .verifyComplete();
        assertThat(Files.readAllBytes(file)).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            StepVerifier.create(leases(1).transform(ByteFiles.writePositions(channel, 20, Schedulers.immediate())))
                    .expectNext(22L)
                    .verifyComplete();
            assertThat(channel.isOpen()).isTrue();
            assertThat(channel.size()).isEqualTo(22);
        }
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, StandardOpenOption.WRITE)) {
            StepVerifier.create(leases(1).transform(ByteFiles.writePositions(channel, 30)))
                    .expectNext(32L)
                    .verifyComplete();
        }
    }

    @Test
    void aFileIsReplacedUnlessOptionsSayOtherwise() throws IOException {
        Path file = Files.write(directory.resolve("replaced"), new byte[50]);
        leases(1).as(ByteFiles.write(file, Schedulers.immediate())).block();
        assertThat(file).hasSize(2);
        StepVerifier.create(leases(1).as(ByteFiles.write(file, Schedulers.immediate(), StandardOpenOption.CREATE_NEW)))
                .verifyError(java.nio.file.FileAlreadyExistsException.class);
        leases(1)
                .as(ByteFiles.write(file, Schedulers.immediate(), StandardOpenOption.CREATE))
                .block();
        assertThat(file).hasSize(2);
        assertThatThrownBy(() -> ByteFiles.write(file, Schedulers.immediate(), StandardOpenOption.READ))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("READ");
        try (FileChannel channel = FileChannel.open(file)) {
            assertThatThrownBy(() -> ByteFiles.write(channel, -1, Schedulers.immediate()))
                    .hasMessage("position must be >= 0: position=-1");
        }
    }

    @Test
    void oneElementIsRequestedForEachPositionThatIs() {
        AtomicLong requested = new AtomicLong();
        Stream stream = new Stream();
        try (Recorder subscriber = new Recorder(0)) {
            leases(10)
                    .hide() // or else it is polled
                    .doOnRequest(requested::addAndGet)
                    .transform(ByteFiles.writePositions(() -> new StreamOutput(stream), Schedulers.immediate()))
                    .cast(Object.class)
                    .subscribe(subscriber);
            assertThat(requested).hasValue(0);
            subscriber.request(2);
            assertThat(requested).hasValue(2);
            subscriber.cancel();
        }
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aFailedWriteCancelsTheSourceAndClosesAll() {
        Stream stream = new Stream();
        stream.failsToWrite = true;
        stream.failsToClose = true;
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
        StepVerifier.create(write(source.flux(), stream))
                .then(() -> source.next(buffers.lease((byte) 1)))
                .verifyErrorSatisfies(failure -> {
                    assertThat(failure).hasMessage("disk full");
                    assertThat(failure.getSuppressed()).anyMatch(closing -> "not closed".equals(closing.getMessage()));
                });
        source.next(buffers.lease((byte) 2));
        source.assertCancelled();
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void anErrorOfTheSourceIsPassedOnWhenTheFileIsClosed() {
        Stream stream = new Stream();
        StepVerifier.create(write(leases(2).concatWith(Mono.error(new IllegalStateException("boom"))), stream)
                        .doOnError(failure -> assertThat(stream.closes).hasValue(1)))
                .verifyErrorMessage("boom");
        assertThat(stream.out.size()).isEqualTo(4);
    }

    @Test
    void aStreamThatFailsToCloseIsAnError() {
        Stream stream = new Stream();
        stream.failsToClose = true;
        StepVerifier.create(write(leases(2), stream)).verifyErrorMessage("not closed");
    }

    @Test
    void whatCannotBeOpenedCancelsTheSource() {
        TestPublisher<Lease> source = TestPublisher.create();
        StepVerifier.create(source.flux()
                        .as(ByteFiles.write(directory.resolve("none").resolve("file"), Schedulers.immediate())))
                .verifyError(NoSuchFileException.class);
        source.assertCancelled();
        source.assertWasNotRequested();
    }

    @Test
    void aClosedLeaseIsAnError() {
        Stream stream = new Stream();
        StepVerifier.create(write(leases(2).doOnNext(Lease::close), stream)).verifyError(IllegalStateException.class);
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aSchedulerThatRefusesFailsItAndClosesAll() {
        ParkedScheduler parked = new ParkedScheduler();
        Stream stream = new Stream();
        TestPublisher<Lease> source = TestPublisher.create();
        StepVerifier.create(source.flux().as(ByteStreams.write(() -> stream, parked)))
                .then(parked::runAll)
                .then(parked::refuse)
                .then(() -> source.next(buffers.lease((byte) 1)))
                .verifyError(RejectedExecutionException.class);
        source.assertCancelled();
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aCancelClosesWhatWaitsThoughTheSchedulerNeverRunsAgain() {
        ParkedScheduler parked = new ParkedScheduler();
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
        Stream stream = new Stream();
        var subscription =
                source.flux().as(ByteStreams.write(() -> stream, parked)).subscribe();
        parked.runAll();
        source.next(buffers.lease((byte) 1));
        source.next(buffers.lease((byte) 2));
        assertThat(buffers.open()).isEqualTo(2);
        subscription.dispose();
        source.next(buffers.lease((byte) 3));
        assertThat(buffers.open()).isZero();
        assertThat(stream.closes).hasValue(0);
        parked.runAll();
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aCancelWaitsForTheWriteThatIsUnderWayThenClosesAll() {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger closes = new AtomicInteger();
        OutputStream slow = new OutputStream() {
            @Override
            public void write(int b) {
                writing.countDown();
                join(go);
            }

            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        var subscription = leases(5)
                .as(ByteStreams.write(() -> slow, Schedulers.boundedElastic()))
                .subscribe();
        join(writing);
        subscription.dispose();
        assertThat(closes).hasValue(0);
        assertThat(buffers.open()).isEqualTo(1);
        go.countDown();
        await().until(() -> closes.get() == 1 && buffers.open() == 0);
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCancelRacingTheWriteLeavesNothing(Way way) {
        for (int round = 0; round < 100; round++) {
            Path file = directory.resolve("race" + way + round);
            TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                    TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
            var subscription = way.write(source.flux(), file).subscribe(bytes -> {}, failure -> {});
            Patience.race(
                    () -> {
                        source.next(buffers.lease((byte) 1));
                        source.next(buffers.lease((byte) 2));
                        source.complete();
                    },
                    subscription::dispose);
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> buffers.open() == 0);
        }
    }

    @Test
    void nothingIsWrittenForNothing() {
        Stream stream = new Stream();
        assertThat(write(Flux.empty(), stream).block()).isZero();
        assertThat(stream.closes).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aTotalIsOneElementAndWaitsToBeRequested(int elements) {
        AtomicLong requested = new AtomicLong();
        Stream stream = new Stream();
        StepVerifier.create(write(leases(elements).hide().doOnRequest(requested::addAndGet), stream), 0)
                .then(() -> {
                    assertThat(requested).hasValue(0);
                    assertThat(stream.closes).hasValue(0);
                })
                .thenRequest(1)
                .expectNext(2L * elements)
                .verifyComplete();
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aPolledSourceIsCancelledOnceAndAtOnceWhereNobodyWrites() {
        ParkedScheduler parked = new ParkedScheduler();
        PolledSource source = new PolledSource(List.of(() -> buffers.lease((byte) 1), () -> buffers.lease((byte) 2)));
        Stream stream = new Stream();
        try (Recorder subscriber = new Recorder(1)) {
            source.transform(ByteFiles.writePositions(() -> new StreamOutput(stream), parked))
                    .cast(Object.class)
                    .subscribe(subscriber);
            parked.runAll();
            assertThat(source.cancels).hasValue(0);
            subscriber.cancel();
            assertThat(source.cancels).hasValue(1);
            assertThat(stream.closes).hasValue(0);
            parked.runAll();
            assertThat(stream.closes).hasValue(1);
        }
        assertThat(source.violations).isEmpty(); // a second cancel is one
    }

    @Test
    void writingDoesNotPileUpStack() {
        assertThat(write(leases(100_000), new Stream()).block()).isEqualTo(200_000);
    }
}
