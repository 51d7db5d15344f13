package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/** Channels, streams, buffers and threads that do less than they are asked, or fail in the middle. */
class FileTroubleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
    private final Scheduler here = Schedulers.immediate();
    private final Scheduler elsewhere = Schedulers.single();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Path file;

    @BeforeEach
    void aFileOf25Bytes() throws IOException {
        byte[] bytes = new byte[25];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        file = Files.write(directory.resolve("file"), bytes);
    }

    @AfterEach
    void nothingLeaked() {
        await().pollDelay(Duration.ZERO)
                .until(() -> buffers.open() == 0 && budget.used() == 0 && budget.waiting() == 0);
        buffers.close();
    }

    private interface Reads {
        int next() throws IOException;
    }

    @SuppressWarnings("InputStreamSlowMultibyteRead") // a few bytes
    private static final class Stream extends InputStream {
        private final Reads reads;
        private final Runnable closes;

        Stream(Reads reads, Runnable closes) {
            this.reads = reads;
            this.closes = closes;
        }

        @Override
        public int read() throws IOException {
            return reads.next();
        }

        @Override
        public void close() {
            closes.run();
        }
    }

    private static final class Out extends OutputStream {
        private final Runnable closes;

        Out(Runnable closes) {
            this.closes = closes;
        }

        @Override
        public void write(int b) {}

        @Override
        public void close() {
            closes.run();
        }
    }

    private static void failToClose() {
        throw new AssertionError("not closed");
    }

    private static Mono<List<byte[]>> contents(Flux<Lease> flux) {
        return flux.transform(ByteFlux.asByteArray()).collectList();
    }

    private static void are25BytesInChunksOf10(List<byte[]> chunks) {
        assertThat(chunks).extracting(chunk -> chunk.length).containsExactly(10, 10, 5);
        int next = 0;
        for (byte[] chunk : chunks) {
            for (byte actual : chunk) {
                assertThat(actual).isEqualTo((byte) next);
                next++;
            }
        }
    }

    private Lease composite(int... sizes) {
        CompositeByteBuf composite = new CompositeByteBuf(buffers, /* direct= */ false, 16);
        for (int size : sizes) {
            composite.addComponent(buffers.buffer(size, size).writerIndex(size));
        }
        return Lease.adopt(composite);
    }

    private Lease bytes(int from, int count) {
        ByteBuf buffer = buffers.buffer(count, count);
        for (int i = 0; i < count; i++) {
            buffer.writeByte(from + i);
        }
        return Lease.adopt(buffer);
    }

    /** Bytes 0 to 9 in parts of 4 and 6. */
    private Lease twoParts() {
        ByteBuf first = bytes(0, 4).detach();
        ByteBuf second = bytes(4, 6).detach();
        return Lease.adopt(new CompositeByteBuf(buffers, /* direct= */ false, 2, first, second));
    }

    @Test
    void shortReadsMakeNoShortChunks() throws IOException {
        try (FileChannel channel = new ShortChannel(FileChannel.open(file), 3)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10, here)))
                    .assertNext(FileTroubleTest::are25BytesInChunksOf10)
                    .verifyComplete();
        }
    }

    @Test
    void shortAsynchronousReadsMakeNoShortChunks() throws IOException {
        try (AsynchronousFileChannel channel = new ShortAsyncChannel(AsynchronousFileChannel.open(file), 3)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10)))
                    .assertNext(FileTroubleTest::are25BytesInChunksOf10)
                    .expectComplete()
                    .verify(PATIENCE);
        }
    }

    @Test
    void compositesAreFilledPartByPart() throws IOException {
        IntFunction<Mono<Lease>> composites =
                bytes -> Mono.fromSupplier(() -> composite(0, bytes / 2, 0, bytes - bytes / 2));
        try (FileChannel channel = FileChannel.open(file);
                AsynchronousFileChannel async = AsynchronousFileChannel.open(file)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, composites, 10, here)))
                    .assertNext(FileTroubleTest::are25BytesInChunksOf10)
                    .verifyComplete();
            StepVerifier.create(contents(ByteFiles.read(async, 0, Long.MAX_VALUE, composites, 10)))
                    .assertNext(FileTroubleTest::are25BytesInChunksOf10)
                    .expectComplete()
                    .verify(PATIENCE);
        }
    }

    @Test
    void slicesOfOneBufferAreFilledSideBySide() throws IOException {
        int chunk = 64 << 10;
        byte[] ones = new byte[20 * chunk];
        Arrays.fill(ones, (byte) 1);
        Path other = Files.write(directory.resolve("ones"), ones);
        Path zeros = Files.write(directory.resolve("zeros"), new byte[20 * chunk]);
        Lease shared = Lease.adopt(buffers.buffer(2 * chunk, 2 * chunk).writerIndex(2 * chunk));
        List<Mono<Boolean>> reads = new ArrayList<>();
        for (int half = 0; half < 2; half++) {
            int begin = half * chunk;
            byte expected = (byte) half;
            reads.add(ByteFiles.read(
                            half == 1 ? other : zeros,
                            bytes -> Mono.fromSupplier(() -> empty(shared.slice(begin, chunk))),
                            chunk,
                            Schedulers.boundedElastic())
                    .transform(Leases.consume(buffer -> buffer.forEachByte(value -> value == expected) < 0))
                    .all(Boolean::booleanValue));
        }
        StepVerifier.create(Flux.merge(reads))
                .expectNext(true, true)
                .expectComplete()
                .verify(PATIENCE);
        shared.close();
    }

    private static Lease empty(Lease lease) {
        lease.buffer().clear();
        return lease;
    }

    @Test
    void aChannelThatIsClosedInTheMiddleOfAReadIsNoEndOfFile() throws IOException {
        try (FileChannel channel = new ShortChannel(FileChannel.open(file), 10).closedAtRead(2)) {
            StepVerifier.create(ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10, here)
                            .transform(ByteFlux.asByteArray()))
                    .expectNextCount(1)
                    .verifyError(ClosedChannelException.class);
        }
    }

    @Test
    void aThreadThatIsInterruptedFailsTheRead() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        ByteFiles.read(file, pool::acquire, 10, parked).subscribe(subscriber);
        Thread.currentThread().interrupt();
        parked.runAll();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aFileThatShrinksEndsWhereItDoes() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(1).build();
            ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10, here).subscribe(subscriber);
            channel.truncate(13);
            subscriber.request(1);
            assertThat(subscriber.getReceivedOnNext()).hasSize(2);
            assertThat(subscriber.getReceivedOnNext().get(1).buffer().readableBytes())
                    .isEqualTo(3);
            assertThat(subscriber.isTerminatedComplete()).isTrue();
            subscriber.getReceivedOnNext().forEach(Lease::close);
        }
    }

    @Test
    void aFileThatGrowsIsReadToTheEndItThenHas() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(1).build();
            ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10, here).subscribe(subscriber);
            channel.write(ByteBuffer.allocate(11), 25);
            subscriber.request(10);
            assertThat(subscriber.isTerminatedComplete()).isTrue();
            assertThat(subscriber.getReceivedOnNext().stream()
                            .mapToInt(lease -> lease.buffer().readableBytes())
                            .sum())
                    .isEqualTo(36);
            subscriber.getReceivedOnNext().forEach(Lease::close);
        }
    }

    @Test
    void theSizeIsAskedForOnlyWhereTheEndMayBe() throws IOException {
        try (ShortChannel channel = new ShortChannel(FileChannel.open(file), 25)) {
            ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 1, here)
                    .transform(ByteFlux.asByteArray())
                    .blockLast();
            assertThat(channel.sizes()).isEqualTo(2);
        }
    }

    @Test
    void aPositionBeyondEveryEndIsTheEnd() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty"));
        for (Path each : List.of(file, empty)) {
            try (FileChannel channel = FileChannel.open(each)) {
                for (long position : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 5}) {
                    StepVerifier.create(ByteFiles.read(channel, position, Long.MAX_VALUE, pool::acquire, 10, here))
                            .verifyComplete();
                }
            }
        }
    }

    @Test
    void aSecondLeaseOfOneRequestIsClosedAndDoesNotDisturbTheRead() {
        TestPublisher<Lease> leases = TestPublisher.createNoncompliant(
                TestPublisher.Violation.DEFER_CANCELLATION, TestPublisher.Violation.REQUEST_OVERFLOW);
        AtomicBoolean first = new AtomicBoolean(true);
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(1).build();
        Stream stream = new Stream(
                () -> {
                    if (first.getAndSet(false)) {
                        leases.next(Lease.adopt(buffers.buffer(10, 10))); // in the middle of the read
                    }
                    return 7;
                },
                () -> {});
        ByteStreams.read(() -> stream, bytes -> Mono.fromDirect(leases.flux()), 10, here)
                .subscribe(subscriber);
        leases.next(Lease.adopt(buffers.buffer(10, 10)));
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        Lease received = subscriber.getReceivedOnNext().get(0);
        assertThat(received.buffer().readableBytes()).isEqualTo(10);
        assertThat(buffers.open()).isEqualTo(1);
        leases.next(Lease.adopt(buffers.buffer(10, 10))); // when it has gone out
        assertThat(buffers.open()).isEqualTo(1);
        subscriber.cancel();
        received.close();
    }

    @Test
    void aStreamThatCannotBeClosedEndsItAllTheSame() {
        StepVerifier.create(ByteStreams.read(
                        () -> new Stream(() -> -1, FileTroubleTest::failToClose), pool::acquire, 10, elsewhere))
                .expectErrorMessage("not closed")
                .verify(PATIENCE);
        StepVerifier.create(Flux.just(bytes(0, 3))
                        .as(ByteStreams.write(() -> new Out(FileTroubleTest::failToClose), elsewhere)))
                .expectErrorMessage("not closed")
                .verify(PATIENCE);
    }

    @Test
    void memoryThatSomebodyElseReleasedFailsTheWriteAndClosesTheFile() {
        AtomicInteger closes = new AtomicInteger();
        ByteBuf released = Unpooled.buffer(3).writeZero(3);
        Lease lease = Lease.adopt(released);
        released.release();
        StepVerifier.create(Flux.just(lease).as(ByteStreams.write(() -> new Out(closes::incrementAndGet), elsewhere)))
                .expectError(IllegalReferenceCountException.class)
                .verify(PATIENCE);
        assertThat(closes).hasValue(1);
    }

    @Test
    void memoryThatIsReleasedInTheMiddleOfAReadFailsItAndClosesTheStream() {
        AtomicInteger closes = new AtomicInteger();
        AtomicReference<ByteBuf> memory = new AtomicReference<>();
        Stream stream = new Stream(
                () -> {
                    Objects.requireNonNull(memory.get()).release();
                    throw new IOException("boom");
                },
                closes::incrementAndGet);
        IntFunction<Mono<Lease>> source = bytes -> Mono.fromSupplier(() -> {
            memory.set(Unpooled.buffer(bytes, bytes));
            return Lease.adopt(Objects.requireNonNull(memory.get()));
        });
        StepVerifier.create(ByteStreams.read(() -> stream, source, 10, elsewhere))
                .expectErrorMessage("boom")
                .verify(PATIENCE);
        assertThat(closes).hasValue(1);
    }

    @Test
    void shortWritesLeaveNothingOut() throws IOException {
        Path written = directory.resolve("written");
        try (FileChannel channel =
                new ShortChannel(FileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE), 3)) {
            StepVerifier.create(Flux.just(twoParts()).as(ByteFiles.write(channel, 0, here)))
                    .expectNext(10L)
                    .verifyComplete();
        }
        assertThat(Files.readAllBytes(written)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Path async = directory.resolve("async");
        try (AsynchronousFileChannel channel = new ShortAsyncChannel(
                AsynchronousFileChannel.open(async, StandardOpenOption.WRITE, StandardOpenOption.CREATE), 3)) {
            StepVerifier.create(Flux.just(twoParts()).as(ByteFiles.write(channel, 0)))
                    .expectNext(10L)
                    .expectComplete()
                    .verify(PATIENCE);
        }
        assertThat(Files.readAllBytes(async)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    /** Threads that take so many tasks and no more. */
    private static ThreadPoolExecutor threads(int tasks) {
        AtomicInteger left = new AtomicInteger(tasks);
        return new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable task) {
                if (left.getAndDecrement() <= 0) {
                    throw new RejectedExecutionException("no more");
                }
                super.execute(task);
            }
        };
    }

    @Test
    void threadsThatRefuseTheSecondPartFailTheWrite() throws IOException {
        ThreadPoolExecutor threads = threads(1);
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(
                directory.resolve("refused"), Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE), threads)) {
            StepVerifier.create(Flux.just(twoParts()).as(ByteFiles.write(channel, 0)))
                    .expectErrorMatches(FileTroubleTest::isRefusal)
                    .verify(PATIENCE);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void threadsThatRefuseTheSecondPartFailTheRead() throws IOException {
        for (int tasks = 0; tasks < 3; tasks++) {
            ThreadPoolExecutor threads = threads(tasks);
            try (AsynchronousFileChannel channel =
                    AsynchronousFileChannel.open(file, Set.of(StandardOpenOption.READ), threads)) {
                StepVerifier.create(ByteFiles.read(
                                        channel,
                                        0,
                                        Long.MAX_VALUE,
                                        bytes -> Mono.fromSupplier(() -> composite(4, bytes - 4)),
                                        10)
                                .transform(ByteFlux.asByteArray())
                                .then())
                        .expectErrorMatches(FileTroubleTest::isRefusal)
                        .verify(PATIENCE);
            } finally {
                threads.shutdown();
            }
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof RejectedExecutionException
                || failure.getCause() instanceof RejectedExecutionException
                || failure instanceof ShutdownChannelGroupException;
    }

    @Test
    void anAsynchronousChannelThatIsClosedFailsReadAndWrite() throws IOException {
        AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, StandardOpenOption.WRITE);
        channel.close();
        StepVerifier.create(ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 10))
                .expectError(ClosedChannelException.class)
                .verify(PATIENCE);
        StepVerifier.create(Flux.just(bytes(0, 3)).as(ByteFiles.write(channel, 0)))
                .expectError(ClosedChannelException.class)
                .verify(PATIENCE);
        FileChannel closed = FileChannel.open(file, StandardOpenOption.WRITE);
        closed.close();
        StepVerifier.create(Flux.just(bytes(0, 3)).as(ByteFiles.write(closed, 0, here)))
                .verifyError(ClosedChannelException.class);
    }

    @Test
    void emptyElementsAreWrittenAsNothingAndClosed() throws IOException {
        Path written = directory.resolve("empty");
        try (AsynchronousFileChannel channel =
                AsynchronousFileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            StepVerifier.create(Flux.just(buffers.lease(), bytes(0, 2), buffers.lease())
                            .as(ByteFiles.write(channel, 0)))
                    .expectNext(2L)
                    .expectComplete()
                    .verify(PATIENCE);
        }
        StepVerifier.create(
                        Flux.just(buffers.lease(), bytes(0, 2), buffers.lease()).as(ByteFiles.write(written, here)))
                .expectNext(2L)
                .verifyComplete();
        assertThat(written).hasSize(2);
    }

    @Test
    void aRequestWithinOnNextIsMetAndOverflowsNothing() {
        List<byte[]> chunks = new ArrayList<>();
        AtomicBoolean completed = new AtomicBoolean();
        ByteFiles.read(file, pool::acquire, 10, here).subscribe(new CoreSubscriber<>() {
            @SuppressWarnings("NullAway.Init") // set by onSubscribe
            private Subscription s;

            @Override
            public void onSubscribe(Subscription s) {
                this.s = s;
                s.request(1);
            }

            @Override
            public void onNext(Lease lease) {
                try (lease) {
                    chunks.add(ByteBufUtil.getBytes(lease.buffer()));
                }
                s.request(Long.MAX_VALUE);
                s.request(Long.MAX_VALUE);
            }

            @Override
            public void onError(Throwable failure) {
                throw new AssertionError(failure);
            }

            @Override
            public void onComplete() {
                completed.set(true);
            }
        });
        are25BytesInChunksOf10(chunks);
        assertThat(completed).isTrue();
    }
}
