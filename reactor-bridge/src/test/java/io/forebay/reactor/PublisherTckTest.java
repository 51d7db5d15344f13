package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.Factory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The rules of Reactive Streams, for every publisher there is, by the kit that belongs to them. Its subscribers release
 * nothing: the buffers here are on the heap, and nobody's.
 */
@SuppressWarnings("exports") // the kit wants it public
public final class PublisherTckTest extends PublisherVerification<Object> {
    private static final int TIMEOUT_MILLIS = 10_000; // for what must come: only a failure takes so long
    private static final int SILENCE_MILLIS = 30; // for what must not come
    private static final long FEW = 1_000; // for what would make all elements beforehand

    /** @param most how many elements it can have */
    private record Subject(
            String name,
            long most,
            LongFunction<Publisher<?>> elements,
            @Nullable Publisher<?> failed) {}

    private final Subject subject;

    public PublisherTckTest(Object subject) {
        super(
                new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS, SILENCE_MILLIS),
                /* publisherReferenceGCTimeoutMillis= */ 100);
        this.subject = (Subject) subject;
    }

    @Factory
    public static Object[] all() {
        return Stream.concat(operators(), sources()).map(PublisherTckTest::new).toArray();
    }

    @Override
    @SuppressWarnings("unchecked") // the kit only passes elements around
    public Publisher<Object> createPublisher(long elements) {
        return (Publisher<Object>) subject.elements().apply(elements);
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // the kit takes null for none
    public Publisher<Object> createFailedPublisher() {
        return (Publisher<Object>) subject.failed();
    }

    @Override
    public long maxElementsFromPublisher() {
        return subject.most();
    }

    @Override
    public String toString() {
        return subject.name();
    }

    private static Lease lease(String content) {
        return Lease.adopt(Unpooled.wrappedBuffer(content.getBytes(StandardCharsets.US_ASCII)));
    }

    private static Flux<Lease> leases(long count, String content) {
        return Flux.range(0, (int) Math.min(count, Integer.MAX_VALUE)).map(i -> lease(content));
    }

    private static ReactiveBufferPool pool() {
        return ReactiveBufferPool.create(UnpooledByteBufAllocator.DEFAULT, MemoryBudget.create("tck", Long.MAX_VALUE));
    }

    private static Subject each(String name, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return each(name, Long.MAX_VALUE - 1, "x", operator);
    }

    private static Subject each(
            String name, long most, String content, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return new Subject(
                name,
                most,
                elements -> operator.apply(leases(elements, content)),
                operator.apply(Flux.error(new IllegalStateException("failed"))));
    }

    private static Stream<Subject> operators() {
        return Stream.of(
                each("own", flux -> flux.map(Lease::detach).transform(Leases.own())),
                each("adopt", flux -> flux.map(Lease::detach).transform(Leases.adopt())),
                each("detach", flux -> flux.transform(Leases.detach())),
                each("consume", flux -> flux.transform(Leases.consume(ByteBuf::readableBytes))),
                each("releaseOnDiscard", flux -> flux.transform(Leases.releaseOnDiscard())),
                each("drainOnCancel", FEW, "x", flux -> flux.transform(Leases.drainOnCancel())),
                each("rechunk", flux -> flux.transform(ByteFlux.rechunk(1))),
                each("takeBytes", flux -> flux.transform(ByteFlux.takeBytes(Long.MAX_VALUE))),
                each("skipBytes", flux -> flux.transform(ByteFlux.skipBytes(0))),
                each("limitBytes", flux -> flux.transform(ByteFlux.limitBytes(Long.MAX_VALUE))),
                each(
                        "splitOn",
                        Long.MAX_VALUE - 1,
                        "x,",
                        flux -> flux.transform(ByteFlux.splitOn(new byte[] {','}, 10))),
                each("lines", Long.MAX_VALUE - 1, "x\n", flux -> flux.transform(ByteFlux.lines(10))),
                each(
                        "lengthPrefixed",
                        Long.MAX_VALUE - 1,
                        "\001x",
                        flux -> flux.transform(ByteFlux.lengthPrefixed(1, 10))),
                each("prependLength", flux -> flux.transform(ByteFlux.prependLength(1))),
                each("aggregate", 1, "x", flux -> flux.as(ByteFlux.aggregate(10))),
                each("asString", flux -> flux.transform(ByteFlux.asString(StandardCharsets.UTF_8))),
                each("asByteArray", flux -> flux.transform(ByteFlux.asByteArray())),
                each("bufferBytes", flux -> flux.transform(ByteFlux.bufferBytes(1))),
                each("limitRateBytes", flux -> flux.transform(ByteFlux.limitRateBytes(Long.MAX_VALUE))),
                each("multicast", flux -> flux.transform(ByteFlux.multicast(1))),
                each("progress", flux -> flux.transform(ByteFlux.progress(bytes -> {}))),
                each(
                        "write",
                        1,
                        "x",
                        flux -> flux.as(ByteStreams.write(OutputStream::nullOutputStream, Schedulers.immediate()))),
                each(
                        "writePositions",
                        flux -> flux.transform(ByteFiles.writePositions(
                                () -> new StreamOutput(OutputStream.nullOutputStream()), Schedulers.immediate()))),
                each(
                        "writePositions, elsewhere",
                        flux -> flux.transform(ByteFiles.writePositions(
                                () -> new StreamOutput(OutputStream.nullOutputStream()),
                                Schedulers.boundedElastic()))));
    }

    private static Stream<Subject> sources() {
        ReactiveBufferPool pool = pool();
        Flux<Object> failed = Flux.error(new IllegalStateException("failed"));
        return Stream.of(
                new Subject("acquire", 1, elements -> pool.acquire(10), null),
                new Subject("acquire, with a timeout", 1, elements -> pool.acquire(10, Duration.ofDays(1)), null),
                new Subject(
                        "acquire, delivered elsewhere",
                        1,
                        elements -> pool.deliverOn(Schedulers.parallel()).acquire(10),
                        null),
                new Subject(
                        "withBuffer",
                        Long.MAX_VALUE - 1,
                        elements -> pool.withBuffer(10, buffer -> leases(elements, "x")),
                        null),
                new Subject(
                        "withBufferMono",
                        1,
                        elements -> pool.withBufferMono(10, buffer -> Mono.from(leases(elements, "x"))),
                        null),
                new Subject(
                        "scoped",
                        Long.MAX_VALUE - 1,
                        elements -> pool.scoped(scope -> leases(elements, "x")),
                        pool.scoped(scope -> failed)),
                new Subject(
                        "scopedMono",
                        1,
                        elements -> pool.scopedMono(scope -> Mono.from(leases(elements, "x"))),
                        pool.scopedMono(scope -> Mono.from(failed))),
                new Subject("unicast sink", FEW, PublisherTckTest::sink, failedSink()),
                new Subject(
                        "read, a stream",
                        Long.MAX_VALUE - 1,
                        elements -> ByteStreams.read(() -> zeros(elements), pool::acquire, 1, Schedulers.immediate()),
                        ByteStreams.read(PublisherTckTest::noStream, pool::acquire, 1, Schedulers.immediate())),
                new Subject(
                        "read, a stream elsewhere",
                        Long.MAX_VALUE - 1,
                        elements ->
                                ByteStreams.read(() -> zeros(elements), pool::acquire, 1, Schedulers.boundedElastic()),
                        ByteStreams.read(PublisherTckTest::noStream, pool::acquire, 1, Schedulers.boundedElastic())),
                new Subject(
                        "read, a file",
                        FEW,
                        elements -> ByteFiles.read(file(elements), pool::acquire, 1, Schedulers.boundedElastic()),
                        ByteFiles.read(Path.of("none", "such"), pool::acquire, 1, Schedulers.boundedElastic())),
                new Subject(
                        "read, a file by its own threads",
                        FEW,
                        elements -> Flux.using(
                                () -> java.nio.channels.AsynchronousFileChannel.open(file(elements)),
                                channel -> ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 1),
                                PublisherTckTest::close),
                        null));
    }

    private static Publisher<?> sink(long elements) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(FEW);
            for (long i = 0; i < elements; i++) {
                sink.emitOrRelease(lease("x"));
            }
            sink.tryEmitComplete();
            return sink.asFlux();
        });
    }

    private static Publisher<?> failedSink() {
        LeaseSink sink = LeaseSinks.unicast(1);
        sink.tryEmitError(new IllegalStateException("failed"));
        return sink.asFlux();
    }

    private static InputStream noStream() throws IOException {
        throw new IOException("failed");
    }

    private static InputStream zeros(long count) {
        return new Zeros(count);
    }

    @SuppressWarnings("InputStreamSlowMultibyteRead") // one byte is read at a time
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            this.left = count;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            left--;
            return 0;
        }
    }

    private static Path file(long bytes) {
        try {
            Path file = Files.write(Files.createTempFile("tck", ""), new byte[(int) Math.min(bytes, FEW)]);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void close(AutoCloseable closed) {
        try {
            closed.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
