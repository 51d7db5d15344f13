package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** Channels that do less than they are asked, buffers in parts, and files whose end moves: nothing is left out, nothing doubled. */
class ShortTransferTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final Scheduler here = Schedulers.immediate();

    private final Path directory;
    private final Path file;

    ShortTransferTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        file = FileOf25Bytes.in(directory);
    }

    private static Mono<List<byte[]>> contents(Flux<Lease> flux) {
        return flux.transform(ByteFlux.asByteArray()).collectList();
    }

    @Test
    void shortReadsMakeNoShortChunks() throws IOException {
        try (FileChannel channel = new ShortChannel(FileChannel.open(file), 3)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10, here)))
                    .assertNext(FileOf25Bytes::isReadInChunksOf10)
                    .verifyComplete();
        }
    }

    @Test
    void shortAsynchronousReadsMakeNoShortChunks() throws IOException {
        try (AsynchronousFileChannel channel = new ShortAsyncChannel(AsynchronousFileChannel.open(file), 3)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10)))
                    .assertNext(FileOf25Bytes::isReadInChunksOf10)
                    .expectComplete()
                    .verify(Patience.LIMIT);
        }
    }

    @Test
    void compositesAreFilledPartByPart() throws IOException {
        IntFunction<Mono<Lease>> composites =
                bytes -> Mono.fromSupplier(() -> memory.buffers.composite(0, bytes / 2, 0, bytes - bytes / 2));
        try (FileChannel channel = FileChannel.open(file);
                AsynchronousFileChannel async = AsynchronousFileChannel.open(file)) {
            StepVerifier.create(contents(ByteFiles.read(channel, 0, Long.MAX_VALUE, composites, 10, here)))
                    .assertNext(FileOf25Bytes::isReadInChunksOf10)
                    .verifyComplete();
            StepVerifier.create(contents(ByteFiles.read(async, 0, Long.MAX_VALUE, composites, 10)))
                    .assertNext(FileOf25Bytes::isReadInChunksOf10)
                    .expectComplete()
                    .verify(Patience.LIMIT);
        }
    }

    @Test
    void slicesOfOneBufferAreFilledSideBySide() throws IOException {
        int chunk = 64 << 10;
        byte[] ones = new byte[20 * chunk];
        Arrays.fill(ones, (byte) 1);
        Path other = Files.write(directory.resolve("ones"), ones);
        Path zeros = Files.write(directory.resolve("zeros"), new byte[20 * chunk]);
        Lease shared = Lease.adopt(memory.buffers.buffer(2 * chunk, 2 * chunk).writerIndex(2 * chunk));
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
                .verify(Patience.LIMIT);
        shared.close();
    }

    private static Lease empty(Lease lease) {
        lease.buffer().clear();
        return lease;
    }

    @Test
    void aFileThatShrinksEndsWhereItDoes() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(1).build();
            ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10, here)
                    .subscribe(subscriber);
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
            ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 10, here)
                    .subscribe(subscriber);
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
            ByteFiles.read(channel, 0, Long.MAX_VALUE, memory::acquire, 1, here)
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
                    StepVerifier.create(ByteFiles.read(channel, position, Long.MAX_VALUE, memory::acquire, 10, here))
                            .verifyComplete();
                }
            }
        }
    }

    @Test
    void shortWritesLeaveNothingOut() throws IOException {
        Path written = directory.resolve("written");
        try (FileChannel channel =
                new ShortChannel(FileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE), 3)) {
            StepVerifier.create(Flux.just(memory.buffers.twoParts()).as(ByteFiles.write(channel, 0, here)))
                    .expectNext(10L)
                    .verifyComplete();
        }
        assertThat(Files.readAllBytes(written)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Path async = directory.resolve("async");
        try (AsynchronousFileChannel channel = new ShortAsyncChannel(
                AsynchronousFileChannel.open(async, StandardOpenOption.WRITE, StandardOpenOption.CREATE), 3)) {
            StepVerifier.create(Flux.just(memory.buffers.twoParts()).as(ByteFiles.write(channel, 0)))
                    .expectNext(10L)
                    .expectComplete()
                    .verify(Patience.LIMIT);
        }
        assertThat(Files.readAllBytes(async)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void emptyElementsAreWrittenAsNothingAndClosed() throws IOException {
        Path written = directory.resolve("empty");
        try (AsynchronousFileChannel channel =
                AsynchronousFileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            StepVerifier.create(Flux.just(memory.buffers.lease(), memory.buffers.bytes(0, 2), memory.buffers.lease())
                            .as(ByteFiles.write(channel, 0)))
                    .expectNext(2L)
                    .expectComplete()
                    .verify(Patience.LIMIT);
        }
        StepVerifier.create(Flux.just(memory.buffers.lease(), memory.buffers.bytes(0, 2), memory.buffers.lease())
                        .as(ByteFiles.write(written, here)))
                .expectNext(2L)
                .verifyComplete();
        assertThat(written).hasSize(2);
    }

    @Test
    void aRequestWithinOnNextIsMetAndOverflowsNothing() {
        List<byte[]> chunks = new ArrayList<>();
        AtomicBoolean completed = new AtomicBoolean();
        ByteFiles.read(file, memory::acquire, 10, here).subscribe(new CoreSubscriber<>() {
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
        FileOf25Bytes.isReadInChunksOf10(chunks);
        assertThat(completed).isTrue();
    }
}
