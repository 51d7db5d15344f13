package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.closeReceived;
import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.BudgetExceededException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** Files, streams, memory, threads and subscribers that fail a read: it is told once, and all is closed. */
class ReadFailureTest {
    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @Test
    void aFileThatIsNotThereFailsAtOnceAndAsksForNothing() {
        Flux<Lease> flux = ByteFiles.read(directory.resolve("none"), memory::acquire, 10, Schedulers.immediate());
        assertThat(subscribe(flux, 0).expectTerminalError()).isInstanceOf(NoSuchFileException.class);
        assertThat(memory.budget.stats().requests()).isZero();
    }

    @Test
    void aFailedReadClosesAllAndIsTold() {
        CountedStream stream = new CountedStream(100, 15);
        StepVerifier.create(memory.read(stream, 10).transform(ByteFlux.asByteArray()))
                .expectNextMatches(bytes -> bytes.length == 10)
                .expectNextMatches(bytes -> bytes.length == 5) // what a stream has before it fails, it gives
                .verifyErrorMessage("boom");
        assertThat(stream.closes()).isEqualTo(1);
    }

    @Test
    void aStreamThatFailsToCloseIsAnErrorButNoSecondOne() {
        CountedStream stream = new CountedStream(10, -1);
        stream.failToClose();
        StepVerifier.create(memory.read(stream, 10).transform(ByteFlux.asByteArray()))
                .expectNextCount(1)
                .verifyErrorMessage("not closed");
        CountedStream failing = new CountedStream(10, 0);
        failing.failToClose();
        StepVerifier.create(memory.read(failing, 10).transform(ByteFlux.asByteArray()))
                .verifyErrorSatisfies(failure -> {
                    assertThat(failure).hasMessage("boom");
                    assertThat(failure.getSuppressed()).anyMatch(closing -> "not closed".equals(closing.getMessage()));
                });
    }

    @Test
    void buffersThatDoNotComeAreErrors() {
        AtomicInteger opened = new AtomicInteger();
        List<CountedStream> streams = new ArrayList<>();
        List<IntFunction<Mono<Lease>>> sources = List.of(
                bytes -> Mono.empty(),
                bytes -> Mono.error(new IllegalStateException("boom")),
                bytes -> {
                    throw new IllegalStateException("boom");
                },
                bytes -> memory.acquire(2000),
                bytes -> Mono.fromSupplier(
                        () -> Lease.adopt(memory.buffers.buffer(4, 4).writeInt(1))),
                bytes -> Mono.error(new OutOfMemoryError("none left")));
        for (IntFunction<Mono<Lease>> source : sources) {
            CountedStream stream = new CountedStream(10, -1);
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
        assertThat(streams).allSatisfy(stream -> assertThat(stream.closes()).isEqualTo(1));
    }

    @Test
    void anErrorAfterTheBufferHasComeDoesNotDisturbTheRead() {
        List<Throwable> dropped = new ArrayList<>();
        Flux<Lease> flux = ByteStreams.read(
                        () -> new CountedStream(10, -1),
                        bytes -> Mono.fromDirect(
                                memory.acquire(bytes).concatWith(Mono.error(new IllegalStateException("too late")))),
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
        Flux<Lease> flux = ByteStreams.read(() -> new CountedStream(1, -1), memory::acquire, 1, refusing);
        assertThat(subscribe(flux, 0).expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void aSchedulerThatRefusesLaterFailsItAndClosesAll() {
        ParkedScheduler parked = new ParkedScheduler();
        CountedStream stream = new CountedStream(100, -1);
        TestSubscriber<Lease> subscriber = subscribe(ByteStreams.read(() -> stream, memory::acquire, 10, parked), 1);
        parked.runAll();
        parked.refuse();
        subscriber.request(1);
        assertThat(subscriber.expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
        assertThat(stream.closes()).isEqualTo(1);
        closeReceived(subscriber);
    }

    @Test
    void aRequestBelowOneFailsByTheRules() {
        CountedStream stream = new CountedStream(100, -1);
        AtomicReference<Throwable> told = new AtomicReference<>();
        memory.read(stream, 10).subscribe(new reactor.core.CoreSubscriber<>() {
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
    void aSubscriberThatThrowsHasItsElementAndTheRestIsClosed() {
        CountedStream stream = new CountedStream(100, -1);
        List<Lease> received = new ArrayList<>();
        assertThatThrownBy(() -> memory.read(stream, 10).subscribe(new reactor.core.CoreSubscriber<>() {
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
        assertThat(stream.closes()).isEqualTo(1);
        received.forEach(Lease::close);
    }

    @Test
    void whatIsNotReadIsAnErrorOfTheOpener() {
        StepVerifier.create(ByteStreams.read(
                        () -> {
                            throw new IOException("no such device");
                        },
                        memory::acquire,
                        10,
                        Schedulers.immediate()))
                .verifyErrorMessage("no such device");
    }
}
