package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.WrappedByteBuf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/**
 * One lease that reaches two, as an operator of Reactor's hands it to both: who reads or writes its memory keeps it until that is
 * over, whatever the other does.
 */
class LeaseForTwoTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @AfterEach
    void whatHangsGoesOn() {
        go.countDown();
    }

    /** What owns the reference: keeping is the same. */
    enum Kind {
        OF_A_SCOPE,
        OF_ITS_OWN,
        /** One of several that share a reference. */
        SLICE
    }

    private Lease lease(Kind kind) {
        LeaseScope scope = new LeaseScope(memory.pool);
        return switch (kind) {
            case OF_A_SCOPE -> scope.adopt(memory.buffers.of((byte) 1));
            case OF_ITS_OWN -> memory.buffers.lease((byte) 1);
            case SLICE -> {
                ByteRun run = new ByteRun();
                run.append(memory.buffers.lease((byte) 1, (byte) 2));
                Lease slice = run.takePart(1);
                run.close();
                yield slice;
            }
        };
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private final class HangingOutput extends OutputStream {
        @Override
        public void write(int b) {
            begun.countDown();
            join(go);
        }
    }

    private final class HangingInput extends InputStream {
        @Override
        public int read() {
            begun.countDown();
            join(go);
            return 1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            bytes[offset] = (byte) read();
            return 1;
        }
    }

    /** Hangs while it is copied. */
    private final class HangingBuf extends WrappedByteBuf {
        HangingBuf(ByteBuf buffer) {
            super(buffer);
        }

        @Override
        public ByteBuf readBytes(byte[] into, int offset, int length) {
            begun.countDown();
            join(go);
            return super.readBytes(into, offset, length);
        }
    }

    private static TestPublisher<Lease> source() {
        return TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
    }

    /** One that is in the middle of it, until {@code go}. */
    private TestSubscriber<Long> writing(Lease lease) {
        TestPublisher<Lease> source = source();
        TestSubscriber<Long> subscriber = TestSubscriber.create();
        source.flux()
                .as(ByteStreams.write(HangingOutput::new, Schedulers.boundedElastic()))
                .subscribe(subscriber);
        source.next(lease);
        source.complete();
        join(begun);
        return subscriber;
    }

    private void assertWrittenAndReleased(TestSubscriber<Long> writing) {
        assertThat(memory.buffers.open()).isEqualTo(1);
        go.countDown();
        writing.block();
        assertThat(writing.getReceivedOnNext()).containsExactly(1L);
        assertThat(memory.buffers.open()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void ofTwoWritersTheSecondFailsAndTakesNothingFromUnderTheFirst(Kind kind) {
        Lease lease = lease(kind);
        TestSubscriber<Long> writing = writing(lease);
        TestPublisher<Lease> source = source();
        TestSubscriber<Long> second = TestSubscriber.create();
        source.flux()
                .as(ByteStreams.write(ByteArrayOutputStream::new, Schedulers.immediate()))
                .subscribe(second);
        source.next(lease);
        assertThat(second.expectTerminalError())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is being read or written");
        source.assertCancelled();
        assertWrittenAndReleased(writing);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatHasASecondOneWaitForItsThreadKeepsItsMemory(Kind kind) {
        Lease lease = lease(kind);
        TestSubscriber<Long> writing = writing(lease);
        ParkedScheduler parked = new ParkedScheduler();
        TestPublisher<Lease> source = source();
        TestSubscriber<Long> second = TestSubscriber.create();
        source.flux().as(ByteStreams.write(ByteArrayOutputStream::new, parked)).subscribe(second);
        source.next(lease);
        second.cancel();
        parked.runAll();
        assertWrittenAndReleased(writing);
    }

    @ParameterizedTest
    @EnumSource
    void aReaderOfAStreamFailsAndTakesNothingFromUnderAWriter(Kind kind) throws IOException {
        Lease lease = lease(kind);
        TestSubscriber<Long> writing = writing(lease);
        TestPublisher<Lease> source = source();
        try (InputStream stream = source.flux().as(ByteStreams.toInputStream(1))) {
            source.next(lease);
            assertThatThrownBy(stream::read)
                    .isInstanceOf(IOException.class)
                    .hasStackTraceContaining("is being read or written");
        }
        assertWrittenAndReleased(writing);
    }

    @ParameterizedTest
    @EnumSource
    void aReadIntoItFailsAndTakesNothingFromUnderAWriter(Kind kind) {
        Lease lease = lease(kind);
        TestSubscriber<Long> writing = writing(lease);
        Flux<Lease> reading = ByteStreams.read(
                () -> new ByteArrayInputStream(new byte[1]), bytes -> Mono.just(lease), 1, Schedulers.immediate());
        assertThat(subscribe(reading, 1).expectTerminalError())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is being read or written");
        assertWrittenAndReleased(writing);
    }

    @ParameterizedTest
    @EnumSource
    void aCloseElsewhereTakesNothingFromUnderARead(Kind kind) {
        Lease lease = lease(kind);
        lease.buffer().clear();
        TestSubscriber<Lease> reading = TestSubscriber.create();
        ByteStreams.read(HangingInput::new, bytes -> Mono.just(lease), 1, Schedulers.boundedElastic())
                .take(1)
                .subscribe(reading);
        join(begun);
        lease.close();
        assertThat(memory.buffers.open()).isEqualTo(1);
        go.countDown();
        reading.block();
        assertThat(reading.getReceivedOnNext())
                .singleElement()
                .satisfies(read -> assertThat(read.buffer().readByte()).isEqualTo((byte) 1));
        LeaseSubscribers.closeReceived(reading);
    }

    @Test
    void aCloseElsewhereTakesNothingFromUnderACopy() throws IOException {
        Lease lease = Lease.adopt(new HangingBuf(memory.buffers.of((byte) 7)));
        try (InputStream stream = Flux.just(lease).as(ByteStreams.toInputStream(1))) {
            Mono<Integer> read = Mono.fromCallable(stream::read)
                    .subscribeOn(Schedulers.boundedElastic())
                    .cache();
            read.subscribe();
            join(begun);
            lease.close();
            long open = memory.buffers.open();
            go.countDown(); // before anything fails: the stream's close waits for the copy
            assertThat(open).isEqualTo(1);
            assertThat(read.block()).isEqualTo(7);
        }
        assertThat(memory.buffers.open()).isZero();
    }
}
