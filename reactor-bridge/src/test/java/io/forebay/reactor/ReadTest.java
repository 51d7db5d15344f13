package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.BudgetExceededException;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;
import reactor.test.util.RaceTestUtils;

/** Files and streams as publishers. */
class ReadTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @AfterEach
    void nothingLeaked() {
        await().pollDelay(Duration.ZERO).until(() -> budget.used() == 0 && budget.waiting() == 0);
        buffers.close();
    }

    /** A stream that counts how often it is closed, and may fail. */
    @SuppressWarnings("InputStreamSlowMultibyteRead") // a few bytes
    private static final class Stream extends InputStream {
        private final int bytes;
        private final int failAt;
        private final AtomicInteger closes = new AtomicInteger();
        private boolean failsToClose;
        private int at;

        Stream(int bytes, int failAt) {
            this.bytes = bytes;
            this.failAt = failAt;
        }

        @Override
        public int read() throws IOException {
            if (at == failAt) {
                throw new IOException("boom");
            }
            if (at == bytes) {
                return -1;
            }
            at++;
            return at & 0xff;
        }

        @Override
        public void close() throws IOException {
            closes.incrementAndGet();
            if (failsToClose) {
                throw new IOException("not closed");
            }
        }
    }

    private Flux<Lease> read(InputStream stream, int chunkBytes) {
        return ByteStreams.read(() -> stream, pool::acquire, chunkBytes, Schedulers.immediate());
    }

    private Path file(byte... bytes) {
        try {
            return Files.write(Files.createTempFile(directory, "read", ""), bytes);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static TestSubscriber<Lease> subscribe(Flux<Lease> flux, int request) {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        flux.subscribe(subscriber);
        if (request > 0) {
            subscriber.request(request);
        }
        return subscriber;
    }

    private static void closeReceived(TestSubscriber<Lease> subscriber) {
        subscriber.getReceivedOnNext().forEach(Lease::close);
        subscriber.getReceivedOnNextAfterCancellation().forEach(Lease::close);
    }

    enum Way {
        PATH,
        CHANNEL,
        ASYNC,
        STREAM;

        Flux<Lease> read(Path file, long position, long bytes, int chunkBytes, ReactiveBufferPool pool) {
            return switch (this) {
                case PATH ->
                    ByteFiles.read(file, pool::acquire, chunkBytes, Schedulers.immediate())
                            .transform(ByteFlux.skipBytes(position))
                            .transform(ByteFlux.takeBytes(bytes));
                case CHANNEL ->
                    Flux.using(
                            () -> FileChannel.open(file),
                            channel -> ByteFiles.read(
                                    channel, position, bytes, pool::acquire, chunkBytes, Schedulers.single()),
                            ReadTest::close);
                case ASYNC ->
                    Flux.using(
                            () -> AsynchronousFileChannel.open(file),
                            channel -> ByteFiles.read(channel, position, bytes, pool::acquire, chunkBytes),
                            ReadTest::close);
                case STREAM ->
                    ByteStreams.read(
                                    () -> Files.newInputStream(file),
                                    pool::acquire,
                                    chunkBytes,
                                    Schedulers.boundedElastic())
                            .transform(ByteFlux.skipBytes(position))
                            .transform(ByteFlux.takeBytes(bytes));
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

    @ParameterizedTest
    @EnumSource
    void anyPartOfAnyFileIsReadInChunksOfAnySize(Way way) {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            int position = random.nextInt(350);
            long length = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(350);
            int chunk = 1 + random.nextInt(100);
            int from = Math.min(position, bytes.length);
            int to = (int) Math.min(bytes.length, from + Math.min(length, bytes.length));
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            way.read(file(bytes), position, length, chunk, pool)
                    .doOnNext(lease -> {
                        try (lease) {
                            read.writeBytes(ByteBufUtil.getBytes(lease.buffer()));
                        }
                    })
                    .blockLast();
            assertThat(read.toByteArray()).as("%s, seed=%d", way, seed).isEqualTo(Arrays.copyOfRange(bytes, from, to));
        }
    }

    @Test
    void oneChunkIsReadForEachElementThatIsRequestedAndTheLastIsAsShortAsItIs() {
        List<Integer> asked = new ArrayList<>();
        Flux<Lease> flux = ByteFiles.read(
                file(new byte[25]),
                bytes -> {
                    asked.add(bytes);
                    return pool.acquire(bytes);
                },
                10,
                Schedulers.immediate());
        TestSubscriber<Lease> subscriber = subscribe(flux, 0);
        assertThat(asked).isEmpty();
        subscriber.request(1);
        assertThat(asked).containsExactly(10);
        assertThat(budget.used()).isEqualTo(10);
        subscriber.request(2);
        assertThat(asked).containsExactly(10, 10, 5);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        closeReceived(subscriber);
    }

    @Test
    void aPartOfNoBytesNeedsNoRequest() throws IOException {
        try (FileChannel channel = FileChannel.open(file((byte) 1))) {
            Flux<Lease> none = ByteFiles.read(channel, 0, 0, pool::acquire, 10, Schedulers.immediate());
            assertThat(subscribe(none, 0).isTerminatedComplete()).isTrue();
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void aFileWithoutASizeIsReadToItsEnd() {
        assertThat(FileRegion.nextBytes(0, 0, Long.MAX_VALUE, 10)).isEqualTo(10);
        assertThat(FileRegion.nextBytes(0, 30, 5, 10)).isEqualTo(5);
        assertThat(FileRegion.nextBytes(25, 20, Long.MAX_VALUE, 10)).isEqualTo(5);
        assertThat(FileRegion.nextBytes(25, 30, Long.MAX_VALUE, 10)).isZero();
        StepVerifier.create(ByteFiles.read(file(), pool::acquire, 10, Schedulers.immediate()))
                .verifyComplete();
    }

    @Test
    void aFileThatIsNotThereFailsAtOnceAndAsksForNothing() {
        Flux<Lease> flux = ByteFiles.read(directory.resolve("none"), pool::acquire, 10, Schedulers.immediate());
        assertThat(subscribe(flux, 0).expectTerminalError()).isInstanceOf(NoSuchFileException.class);
        assertThat(budget.stats().requests()).isZero();
    }

    @Test
    void eachSubscriptionReadsForItself() {
        Flux<byte[]> flux = ByteFiles.read(file((byte) 1, (byte) 2), pool::acquire, 1, Schedulers.immediate())
                .transform(ByteFlux.asByteArray());
        for (int i = 0; i < 2; i++) {
            StepVerifier.create(flux).expectNextCount(2).verifyComplete();
        }
    }

    @Test
    void whileTheBudgetIsSpentItWaitsAndACancelThenLeavesNothing() {
        assertThat(budget.tryReserve(995)).isTrue();
        Stream stream = new Stream(100, -1);
        TestSubscriber<Lease> subscriber = subscribe(read(stream, 10), 1);
        assertThat(budget.waiting()).isEqualTo(1);
        subscriber.cancel();
        assertThat(budget.waiting()).isZero();
        assertThat(stream.closes).hasValue(1);
        budget.release(995);
    }

    @Test
    void itGoesOnWhenTheBudgetHasRoom() {
        assertThat(budget.tryReserve(995)).isTrue();
        Stream stream = new Stream(10, -1);
        TestSubscriber<Lease> subscriber = subscribe(read(stream, 10), 2);
        budget.release(995);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        assertThat(stream.closes).hasValue(1);
        closeReceived(subscriber);
    }

    @Test
    void aCancelOnAParkedSchedulerGivesTheBytesBackAtOnceAndClosesTheStreamWhenThatRuns() {
        ParkedScheduler parked = new ParkedScheduler();
        ParkedScheduler delivering = new ParkedScheduler();
        Stream stream = new Stream(100, -1);
        TestSubscriber<Lease> subscriber =
                subscribe(ByteStreams.read(() -> stream, pool.deliverOn(delivering)::acquire, 10, parked), 1);
        parked.runAll();
        delivering.runAll();
        assertThat(budget.used()).isEqualTo(10); // the lease is here, and waits for the scheduler
        subscriber.cancel();
        assertThat(budget.used()).isZero();
        assertThat(stream.closes).hasValue(0);
        parked.runAll();
        assertThat(stream.closes).hasValue(1);
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void aLeaseThatComesAfterTheCancelGoesBackThoughTheSchedulerNeverRunsAgain() {
        ParkedScheduler parked = new ParkedScheduler();
        TestPublisher<Lease> leases = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        TestSubscriber<Lease> subscriber = subscribe(
                ByteStreams.read(() -> new Stream(100, -1), bytes -> Mono.fromDirect(leases.flux()), 10, parked), 1);
        parked.runAll();
        subscriber.cancel();
        leases.next(Lease.adopt(buffers.buffer(10, 10)));
        assertThat(buffers.open()).isZero();
    }

    @Test
    void aFailedReadClosesAllAndIsTold() {
        Stream stream = new Stream(100, 15);
        StepVerifier.create(read(stream, 10).transform(ByteFlux.asByteArray()))
                .expectNextMatches(bytes -> bytes.length == 10)
                .expectNextMatches(bytes -> bytes.length == 5) // what a stream has before it fails, it gives
                .verifyErrorMessage("boom");
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aStreamThatFailsToCloseIsAnErrorButNoSecondOne() {
        Stream stream = new Stream(10, -1);
        stream.failsToClose = true;
        StepVerifier.create(read(stream, 10).transform(ByteFlux.asByteArray()))
                .expectNextCount(1)
                .verifyErrorMessage("not closed");
        Stream failing = new Stream(10, 0);
        failing.failsToClose = true;
        StepVerifier.create(read(failing, 10).transform(ByteFlux.asByteArray())).verifyErrorSatisfies(failure -> {
            assertThat(failure).hasMessage("boom");
            assertThat(failure.getSuppressed()).anyMatch(closing -> "not closed".equals(closing.getMessage()));
        });
    }

    @Test
    void buffersThatDoNotComeAreErrors() {
        AtomicInteger opened = new AtomicInteger();
        List<Stream> streams = new ArrayList<>();
        List<IntFunction<Mono<Lease>>> sources = List.of(
                bytes -> Mono.empty(),
                bytes -> Mono.error(new IllegalStateException("boom")),
                bytes -> {
                    throw new IllegalStateException("boom");
                },
                bytes -> pool.acquire(2000),
                bytes ->
                        Mono.fromSupplier(() -> Lease.adopt(buffers.buffer(4, 4).writeInt(1))),
                bytes -> Mono.error(new OutOfMemoryError("none left")));
        for (IntFunction<Mono<Lease>> source : sources) {
            Stream stream = new Stream(10, -1);
            streams.add(stream);
            Flux<Lease> flux = ByteStreams.read(
                    () -> {
                        opened.incrementAndGet();
                        return stream;
                    },
                    source,
                    10,
                    Schedulers.immediate());
            Throwable failure = subscribe(flux, 1).expectTerminalError();
            assertThat(failure)
                    .isInstanceOfAny(
                            IllegalStateException.class, BudgetExceededException.class, OutOfMemoryError.class);
        }
        assertThat(opened).hasValue(sources.size());
        assertThat(streams).allSatisfy(stream -> assertThat(stream.closes).hasValue(1));
    }

    @Test
    void anErrorAfterTheBufferHasComeDoesNotDisturbTheRead() {
        List<Throwable> dropped = new ArrayList<>();
        Flux<Lease> flux = ByteStreams.read(
                        () -> new Stream(10, -1),
                        bytes -> Mono.fromDirect(
                                pool.acquire(bytes).concatWith(Mono.error(new IllegalStateException("too late")))),
                        10,
                        Schedulers.immediate())
                .contextWrite(
                        context -> context.put("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped::add));
        StepVerifier.create(flux.transform(ByteFlux.asByteArray()))
                .expectNextCount(1)
                .verifyComplete();
        assertThat(dropped)
                .isNotEmpty()
                .allSatisfy(failure -> assertThat(failure).hasMessage("too late"));
    }

    @Test
    void aSchedulerThatRefusesFailsIt() {
        ParkedScheduler refusing = new ParkedScheduler();
        refusing.refuse();
        Flux<Lease> flux = ByteStreams.read(() -> new Stream(1, -1), pool::acquire, 1, refusing);
        assertThat(subscribe(flux, 0).expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void aSchedulerThatRefusesLaterFailsItAndClosesAll() {
        ParkedScheduler parked = new ParkedScheduler();
        Stream stream = new Stream(100, -1);
        TestSubscriber<Lease> subscriber = subscribe(ByteStreams.read(() -> stream, pool::acquire, 10, parked), 1);
        parked.runAll();
        parked.refuse();
        subscriber.request(1);
        assertThat(subscriber.expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
        assertThat(stream.closes).hasValue(1);
        closeReceived(subscriber);
    }

    @Test
    void aRequestBelowOneFailsByTheRules() {
        Stream stream = new Stream(100, -1);
        AtomicReference<Throwable> told = new AtomicReference<>();
        read(stream, 10).subscribe(new reactor.core.CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(-1);
            }

            @Override
            public void onNext(Lease lease) {
                lease.close();
            }

            @Override
            public void onError(Throwable failure) {
                told.set(failure);
            }

            @Override
            public void onComplete() {}
        });
        assertThat(told.get()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void cancelWithinOnNextEndsIt() {
        Stream stream = new Stream(100, -1);
        read(stream, 10).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Lease lease) {
                cancel();
                lease.close();
            }
        });
        assertThat(stream.closes).hasValue(1);
        assertThat(buffers.made()).isEqualTo(1);
    }

    @Test
    void aSubscriberThatThrowsHasItsElementAndTheRestIsClosed() {
        Stream stream = new Stream(100, -1);
        List<Lease> received = new ArrayList<>();
        assertThatThrownBy(() -> read(stream, 10).subscribe(new reactor.core.CoreSubscriber<>() {
                    @Override
                    public void onSubscribe(Subscription s) {
                        s.request(10);
                    }

                    @Override
                    public void onNext(Lease lease) {
                        received.add(lease);
                        throw new IllegalStateException("boom");
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onComplete() {}
                }))
                .hasMessage("boom");
        assertThat(stream.closes).hasValue(1);
        received.forEach(Lease::close);
    }

    @Test
    void aCancelWaitsForTheReadThatIsUnderWayThenClosesAll() {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger closes = new AtomicInteger();
        InputStream slow = new InputStream() {
            @Override
            public int read() {
                reading.countDown();
                join(go);
                return 1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                return read();
            }

            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        TestSubscriber<Lease> subscriber =
                subscribe(ByteStreams.read(() -> slow, pool::acquire, 10, Schedulers.boundedElastic()), 1);
        join(reading);
        subscriber.cancel();
        assertThat(closes).hasValue(0);
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
    void aCancelRacingTheReadLeavesNothing(Way way) {
        Path file = file(new byte[200]);
        for (int round = 0; round < 100; round++) {
            TestSubscriber<Lease> subscriber = subscribe(way.read(file, 0, Long.MAX_VALUE, 10, pool), 3);
            RaceTestUtils.race(() -> subscriber.request(5), subscriber::cancel);
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
                closeReceived(subscriber);
                return buffers.open() == 0 && budget.used() == 0;
            });
        }
    }

    @Test
    void aScopesLeasesAreClosedWithIt() {
        Path file = file(new byte[100]);
        pool.scoped(scope -> ByteFiles.read(file, scope::acquire, 10, Schedulers.immediate())
                        .takeLast(3))
                .blockLast();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void badArgumentsAreRefusedAtAssembly() throws IOException {
        Scheduler scheduler = Schedulers.immediate();
        assertThatThrownBy(() -> ByteStreams.read(InputStream::nullInputStream, pool::acquire, 0, scheduler))
                .hasMessage("chunkBytes must be > 0: chunkBytes=0");
        try (FileChannel channel = FileChannel.open(file())) {
            assertThatThrownBy(() -> ByteFiles.read(channel, -1, 1, pool::acquire, 1, scheduler))
                    .hasMessage("position must be >= 0: position=-1");
            assertThatThrownBy(() -> ByteFiles.read(channel, 0, -1, pool::acquire, 1, scheduler))
                    .hasMessage("bytes must be >= 0: bytes=-1");
        }
    }

    @Test
    void whatIsNotReadIsAnErrorOfTheOpener() {
        StepVerifier.create(ByteStreams.read(
                        () -> {
                            throw new IOException("no such device");
                        },
                        pool::acquire,
                        10,
                        Schedulers.immediate()))
                .verifyErrorMessage("no such device");
    }

    @Test
    void readingDoesNotPileUpStack() {
        byte[] bytes = new byte[100_000];
        StepVerifier.create(ByteStreams.read(
                                () -> new ByteArrayInputStream(bytes), pool::acquire, 1, Schedulers.immediate())
                        .transform(ByteFlux.asByteArray())
                        .count())
                .expectNext(100_000L)
                .verifyComplete();
    }
}
