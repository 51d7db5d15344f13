package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.closeReceived;
import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** Files and streams as publishers: what comes, in which chunks, and when it is read. */
class ReadTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    private Path file(byte... bytes) {
        try {
            return Files.write(Files.createTempFile(directory, "read", ""), bytes);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyPartOfAnyFileIsReadInChunksOfAnySize(ReadWay way) {
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
            way.read(file(bytes), position, length, chunk, memory.pool)
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
                    return memory.acquire(bytes);
                },
                10,
                Schedulers.immediate());
        TestSubscriber<Lease> subscriber = subscribe(flux, 0);
        assertThat(asked).isEmpty();
        subscriber.request(1);
        assertThat(asked).containsExactly(10);
        assertThat(memory.budget.used()).isEqualTo(10);
        subscriber.request(2);
        assertThat(asked).containsExactly(10, 10, 5);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        closeReceived(subscriber);
    }

    @Test
    void aPartOfNoBytesNeedsNoRequest() throws IOException {
        try (FileChannel channel = FileChannel.open(file((byte) 1))) {
            Flux<Lease> none = ByteFiles.read(channel, 0, 0, memory::acquire, 10, Schedulers.immediate());
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
        StepVerifier.create(ByteFiles.read(file(), memory::acquire, 10, Schedulers.immediate()))
                .verifyComplete();
    }

    @Test
    void eachSubscriptionReadsForItself() {
        Flux<byte[]> flux = ByteFiles.read(file((byte) 1, (byte) 2), memory::acquire, 1, Schedulers.immediate())
                .transform(ByteFlux.asByteArray());
        for (int i = 0; i < 2; i++) {
            StepVerifier.create(flux).expectNextCount(2).verifyComplete();
        }
    }

    @Test
    void itGoesOnWhenTheBudgetHasRoom() {
        assertThat(memory.budget.tryReserve(995)).isTrue();
        CountedStream stream = new CountedStream(10, -1);
        TestSubscriber<Lease> subscriber =
                subscribe(ByteStreams.read(() -> stream, memory::acquire, 10, Schedulers.immediate()), 2);
        memory.budget.release(995);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        assertThat(stream.closes()).isEqualTo(1);
        closeReceived(subscriber);
    }

    @Test
    void aScopesLeasesAreClosedWithIt() {
        Path file = file(new byte[100]);
        memory.pool
                .scoped(scope -> ByteFiles.read(file, scope::acquire, 10, Schedulers.immediate())
                        .takeLast(3))
                .blockLast();
        assertThat(memory.buffers.open()).isZero();
    }

    @Test
    void badArgumentsAreRefusedAtAssembly() throws IOException {
        Scheduler scheduler = Schedulers.immediate();
        assertThatThrownBy(() -> ByteStreams.read(InputStream::nullInputStream, memory::acquire, 0, scheduler))
                .hasMessage("chunkBytes must be > 0: chunkBytes=0");
        try (FileChannel channel = FileChannel.open(file())) {
            assertThatThrownBy(() -> ByteFiles.read(channel, -1, 1, memory::acquire, 1, scheduler))
                    .hasMessage("position must be >= 0: position=-1");
            assertThatThrownBy(() -> ByteFiles.read(channel, 0, -1, memory::acquire, 1, scheduler))
                    .hasMessage("bytes must be >= 0: bytes=-1");
        }
    }

    @Test
    void readingDoesNotPileUpStack() {
        byte[] bytes = new byte[100_000];
        StepVerifier.create(ByteStreams.read(
                                () -> new ByteArrayInputStream(bytes), memory::acquire, 1, Schedulers.immediate())
                        .transform(ByteFlux.asByteArray())
                        .count())
                .expectNext(100_000L)
                .verifyComplete();
    }

    /** By the reader, many in one go; others' budgets in between, too. */
    @Test
    void everyChunkIsCountedAsGranted() {
        MemoryBudget other = MemoryBudget.create("other", 1000);
        ReactiveBufferPool others = ReactiveBufferPool.create(memory.buffers, other);
        AtomicInteger asked = new AtomicInteger();
        List<Long> behind = new ArrayList<>();
        Long chunks = ByteStreams.read(
                        () -> new ByteArrayInputStream(new byte[500]),
                        bytes -> (asked.getAndIncrement() % 100 == 7 ? others : memory.pool).acquire(bytes),
                        1,
                        Schedulers.immediate())
                .doOnNext(lease -> {
                    lease.close();
                    behind.add(asked.get() - grants() - other.stats().grants());
                })
                .count()
                .block();
        assertThat(chunks).isEqualTo(500);
        assertThat(other.stats().grants()).isEqualTo(5);
        assertThat(asked).hasValue(501); // one finds the end
        assertThat(grants()).isEqualTo(496);
        assertThat(memory.budget.stats().requests()).isEqualTo(496);
        assertThat(behind).allMatch(grants -> grants <= 64).anyMatch(grants -> grants > 1);
    }

    private long grants() {
        return memory.budget.stats().grants();
    }

    @Test
    void everyChunkIsCountedBeforeTheEndIsToldOnAnotherThread() {
        for (int round = 1; round <= 100; round++) {
            assertThat(ByteStreams.read(
                                    () -> new ByteArrayInputStream(new byte[9]),
                                    memory::acquire,
                                    1,
                                    Schedulers.boundedElastic())
                            .doOnNext(Lease::close)
                            .count()
                            .block(Patience.LIMIT))
                    .isEqualTo(9);
            assertThat(grants()).isEqualTo(10L * round);
        }
    }

    @Test
    void everyChunkIsCountedWhereReadingFailsOrIsCancelled() {
        InputStream failing = new SequenceInputStream(new ByteArrayInputStream(new byte[10]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("boom");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return read();
            }
        });
        StepVerifier.create(memory.read(failing, 1).doOnNext(Lease::close))
                .expectNextCount(10)
                .verifyErrorMessage("boom");
        assertThat(grants()).isEqualTo(11);
        StepVerifier.create(memory.read(new ByteArrayInputStream(new byte[100]), 1)
                        .doOnNext(Lease::close)
                        .take(10))
                .expectNextCount(10)
                .verifyComplete();
        assertThat(grants()).isEqualTo(21);
    }
}
