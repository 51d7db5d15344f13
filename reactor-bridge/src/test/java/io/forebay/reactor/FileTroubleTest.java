package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/** Channels, streams, buffers and threads that fail in the middle of a read or write. */
class FileTroubleTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final Scheduler here = Schedulers.immediate();
    private final Scheduler elsewhere = Schedulers.single();

    private final Path directory;
    private final Path file;

    FileTroubleTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        file = FileOf25Bytes.in(directory);
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

    @Test
    void aChannelThatIsClosedInTheMiddleOfAReadIsNoEndOfFile() throws IOException {
        try (FileChannel channel = new ShortChannel(FileChannel.open(file), 10).closedAtRead(2)) {
            StepVerifier.create(ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10, here)
                            .transform(ByteFlux.asByteArray()))
                    .expectNextCount(1)
                    .verifyError(ClosedChannelException.class);
        }
    }

    @Test
    void aThreadThatIsInterruptedFailsTheRead() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        ByteFiles.read(file, memory::acquire, 10, parked).subscribe(subscriber);
        Thread.currentThread().interrupt();
        parked.runAll();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClosedChannelException.class);
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
                        leases.next(Lease.adopt(memory.buffers.buffer(10, 10))); // in the middle of the read
                    }
                    return 7;
                },
                () -> {});
        ByteStreams.read(() -> stream, bytes -> Mono.fromDirect(leases.flux()), 10, here)
                .subscribe(subscriber);
        leases.next(Lease.adopt(memory.buffers.buffer(10, 10)));
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        Lease received = subscriber.getReceivedOnNext().get(0);
        assertThat(received.buffer().readableBytes()).isEqualTo(10);
        assertThat(memory.buffers.open()).isEqualTo(1);
        leases.next(Lease.adopt(memory.buffers.buffer(10, 10))); // when it has gone out
        assertThat(memory.buffers.open()).isEqualTo(1);
        subscriber.cancel();
        received.close();
    }

    @Test
    void aStreamThatCannotBeClosedEndsItAllTheSame() {
        StepVerifier.create(ByteStreams.read(
                        () -> new Stream(() -> -1, FileTroubleTest::failToClose), memory::acquire, 10, elsewhere))
                .expectErrorMessage("not closed")
                .verify(Patience.LIMIT);
        StepVerifier.create(Flux.just(memory.buffers.bytes(0, 3))
                        .as(ByteStreams.write(() -> new Out(FileTroubleTest::failToClose), elsewhere)))
                .expectErrorMessage("not closed")
                .verify(Patience.LIMIT);
    }

    @Test
    void memoryThatSomebodyElseReleasedFailsTheWriteAndClosesTheFile() {
        AtomicInteger closes = new AtomicInteger();
        ByteBuf released = Unpooled.buffer(3).writeZero(3);
        Lease lease = Lease.adopt(released);
        released.release();
        StepVerifier.create(Flux.just(lease).as(ByteStreams.write(() -> new Out(closes::incrementAndGet), elsewhere)))
                .expectError(IllegalReferenceCountException.class)
                .verify(Patience.LIMIT);
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
                .verify(Patience.LIMIT);
        assertThat(closes).hasValue(1);
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
            StepVerifier.create(Flux.just(memory.buffers.twoParts()).as(ByteFiles.write(channel, 0)))
                    .expectErrorMatches(FileTroubleTest::isRefusal)
                    .verify(Patience.LIMIT);
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
                                        bytes -> Mono.fromSupplier(() -> memory.buffers.composite(4, bytes - 4)),
                                        10)
                                .transform(ByteFlux.asByteArray())
                                .then())
                        .expectErrorMatches(FileTroubleTest::isRefusal)
                        .verify(Patience.LIMIT);
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
        StepVerifier.create(ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10))
                .expectError(ClosedChannelException.class)
                .verify(Patience.LIMIT);
        StepVerifier.create(Flux.just(memory.buffers.bytes(0, 3)).as(ByteFiles.write(channel, 0)))
                .expectError(ClosedChannelException.class)
                .verify(Patience.LIMIT);
        FileChannel closed = FileChannel.open(file, StandardOpenOption.WRITE);
        closed.close();
        StepVerifier.create(Flux.just(memory.buffers.bytes(0, 3)).as(ByteFiles.write(closed, 0, here)))
                .verifyError(ClosedChannelException.class);
    }
}
