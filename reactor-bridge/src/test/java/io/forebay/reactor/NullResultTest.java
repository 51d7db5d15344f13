package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.PublisherProbe;

/** Functions of the user's that return null: the subscriber is told what happened, and nothing is left open. */
class NullResultTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final Scheduler here = Schedulers.immediate();

    private final Path file;

    NullResultTest(@TempDir Path directory) throws IOException {
        file = FileOf25Bytes.in(directory);
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // is what is tested
    private static <T> T nothing() {
        return null;
    }

    private static void assertIsTold(Publisher<?> publisher) {
        StepVerifier.create(publisher)
                .expectErrorSatisfies(failure -> assertThat(failure)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessageContaining("function returned null"))
                .verify(Patience.LIMIT);
    }

    /** Of leases that wait in a source, which goes on until it is cancelled. */
    private void assertIsToldAndSourceCancelled(Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        Flux<Lease> leases = Flux.range(0, 2).map(i -> memory.buffers.lease((byte) 'a', (byte) '\n'));
        PublisherProbe<Lease> source = PublisherProbe.of(leases.concatWith(Mono.never()));
        assertIsTold(operator.apply(source.flux()));
        source.assertWasCancelled();
    }

    @Test
    void buffersForAFile() {
        assertIsTold(ByteFiles.read(file, bytes -> nothing(), 10, here));
        assertIsTold(ByteFiles.read(file, bytes -> nothing(), 10, Schedulers.boundedElastic()));
    }

    /** The first chunk has its buffer. */
    @Test
    void buffersForTheNextChunkOfAFile() {
        Flux<Lease> read = ByteFiles.read(file, bytes -> bytes == 20 ? memory.acquire(bytes) : nothing(), 20, here);
        StepVerifier.create(read.doOnNext(Lease::close))
                .expectNextCount(1)
                .verifyErrorMessage("the function returned null");
    }

    @Test
    void buffersForAChannelWhichStaysOpen() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            assertIsTold(ByteFiles.read(channel, 0, 25, bytes -> nothing(), 10, here));
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void buffersForAnAsynchronousChannelWhichStaysOpen() throws IOException {
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(file)) {
            assertIsTold(ByteFiles.read(channel, 0, 25, bytes -> nothing(), 10));
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void buffersForAStreamWhichIsClosed() {
        CountedStream stream = new CountedStream(10, /* failAt= */ -1);
        assertIsTold(ByteStreams.read(() -> stream, bytes -> nothing(), 10, here));
        assertThat(stream.closes()).isEqualTo(1);
    }

    @Test
    void theOpenerOfAStreamToRead() {
        assertIsTold(ByteStreams.read(NullResultTest::<InputStream>nothing, memory::acquire, 10, here));
    }

    @Test
    void theOpenerOfAStreamToWrite() {
        assertIsToldAndSourceCancelled(
                leases -> leases.as(ByteStreams.write(NullResultTest::<OutputStream>nothing, here)));
        assertIsToldAndSourceCancelled(leases ->
                leases.as(ByteStreams.write(NullResultTest::<OutputStream>nothing, Schedulers.boundedElastic())));
    }

    @Test
    void theUserOfABuffer() {
        assertIsTold(memory.pool.withBuffer(10, buffer -> NullResultTest.<Flux<Object>>nothing()));
        assertIsTold(memory.pool.withBufferMono(10, buffer -> NullResultTest.<Mono<Object>>nothing()));
    }

    @Test
    void theFunctionOfAScope() {
        assertIsTold(memory.pool.scoped(scope -> NullResultTest.<Flux<Object>>nothing()));
        assertIsTold(memory.pool.scopedMono(scope -> NullResultTest.<Mono<Object>>nothing()));
    }

    @Test
    void theFunctionOfAConsumer() {
        assertIsToldAndSourceCancelled(leases -> leases.transform(Leases.consume(NullResultTest::noneOf)));
    }

    /** The two share a subscription. */
    @Test
    void theFunctionOfAConsumerBehindAnOperatorThatCuts() {
        assertIsToldAndSourceCancelled(
                leases -> leases.transform(ByteFlux.lines(10)).transform(Leases.consume(NullResultTest::noneOf)));
    }

    private static Object noneOf(ByteBuf buffer) {
        return nothing();
    }
}
