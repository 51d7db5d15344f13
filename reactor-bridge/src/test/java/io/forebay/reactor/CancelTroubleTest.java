package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.subscriber.TestSubscriber;

/** Sources whose cancel throws, against rule 3.15: everything else is closed, and somebody is told. */
class CancelTroubleTest {
    private static final String BOOM = "cancel threw";

    @RegisterExtension
    private final SmallPool memory = new SmallPool();

    private final List<Throwable> dropped = Collections.synchronizedList(new ArrayList<>());

    /** Emits what it is told to, and cannot be cancelled. */
    private static final class Source<T> extends Flux<T> {
        private final AtomicReference<CoreSubscriber<? super T>> actual = new AtomicReference<>();

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            this.actual.set(actual);
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {}

                @Override
                public void cancel() {
                    throw new IllegalStateException(BOOM);
                }
            });
        }

        void next(T element) {
            Objects.requireNonNull(actual.get()).onNext(element);
        }
    }

    /** Offers to be polled, once for its element, and cannot be cancelled. */
    private static final class Polled<T> extends Flux<T> implements Fuseable {
        private final T element;

        Polled(T element) {
            this.element = element;
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            actual.onSubscribe(new QueueSubscription<T>() {
                @Override
                public int requestFusion(int mode) {
                    return mode & SYNC;
                }

                @Override
                public T poll() {
                    return element;
                }

                @Override
                public int size() {
                    return 1;
                }

                @Override
                public boolean isEmpty() {
                    return false;
                }

                @Override
                public void clear() {}

                @Override
                public void request(long n) {}

                @Override
                public void cancel() {
                    throw new IllegalStateException(BOOM);
                }
            });
        }
    }

    private <T> TestSubscriber<T> subscribe(Flux<T> flux, long wants) {
        Consumer<Throwable> drop = dropped::add;
        TestSubscriber<T> subscriber = TestSubscriber.builder()
                .initialRequest(wants)
                .contextPut("reactor.onErrorDropped.local", drop)
                .build();
        flux.subscribe(subscriber);
        return subscriber;
    }

    private static boolean isOfCancelling(@Nullable Throwable failure) {
        return failure instanceof IllegalStateException && BOOM.equals(failure.getMessage());
    }

    private static void assertSuppressed(Throwable failure) {
        assertThat(failure.getSuppressed()).anyMatch(CancelTroubleTest::isOfCancelling);
    }

    @Test
    void whatHasAllItTakesTellsThatInPlaceOfItsCompletion() {
        Source<Lease> source = new Source<>();
        TestSubscriber<Lease> subscriber = subscribe(source.transform(ByteFlux.takeBytes(1)), 10);
        source.next(memory.buffers.lease((byte) 1, (byte) 2));
        assertThat(subscriber.expectTerminalError()).matches(CancelTroubleTest::isOfCancelling);
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        LeaseSubscribers.closeReceived(subscriber);
        assertThat(memory.buffers.open()).isZero();
    }

    @Test
    void likewiseWhereItIsPolled() {
        Lease lease = memory.buffers.lease((byte) 1, (byte) 2);
        TestSubscriber<Lease> subscriber = subscribe(new Polled<>(lease).transform(ByteFlux.takeBytes(1)), 10);
        assertThat(subscriber.expectTerminalError()).matches(CancelTroubleTest::isOfCancelling);
        LeaseSubscribers.closeReceived(subscriber);
        assertThat(memory.buffers.open()).isZero();
    }

    /** With one element, of which no lease can be made. */
    private void assertTells(Function<Flux<String>, Flux<?>> taking) {
        Source<String> source = new Source<>();
        TestSubscriber<?> subscriber = subscribe(taking.apply(source), 10);
        source.next("no buffer");
        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(ClassCastException.class)
                .satisfies(CancelTroubleTest::assertSuppressed);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a source that breaks its type's promise
    private static Flux<Lease> adopt(Flux<String> flux) {
        return ((Flux) flux).transform(Leases.adopt());
    }

    @Test
    void anElementThatCannotBeTakenInIsTold() {
        assertTells(flux -> adopt(flux).transform(ByteFlux.rechunk(2)));
        assertTells(flux -> adopt(flux)
                .as(ByteStreams.write(ByteArrayOutputStream::new, Schedulers.immediate()))
                .flux());
        TestSubscriber<?> subscriber = subscribe(adopt(new Polled<>("no buffer")), 10);
        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(ClassCastException.class)
                .satisfies(CancelTroubleTest::assertSuppressed);
    }

    @Test
    void ofAMulticastAllAreTold() {
        Source<Lease> source = new Source<>();
        Flux<Lease> shared = source.transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 10);
        TestSubscriber<Lease> two = subscribe(shared, 10);
        Lease closed = memory.buffers.lease((byte) 1);
        closed.close();
        source.next(closed);
        for (TestSubscriber<Lease> each : List.of(one, two)) {
            assertThat(each.expectTerminalError())
                    .hasMessageContaining("used after close")
                    .satisfies(CancelTroubleTest::assertSuppressed);
        }
    }

    @Test
    void ofAMulticastOneOfWhichThrowsTheOthersAreTold() {
        Source<Lease> source = new Source<>();
        Flux<Lease> shared = source.transform(ByteFlux.multicast(2));
        shared.doOnNext(Lease::close)
                .doOnNext(lease -> {
                    throw new OutOfMemoryError("none left");
                })
                .subscribe(TestSubscriber.create());
        TestSubscriber<Lease> other = subscribe(shared, 10);
        Lease lease = memory.buffers.lease((byte) 1);
        Throwable thrown = catchThrowable(() -> source.next(lease));
        assertThat(thrown).hasMessage("none left").satisfies(CancelTroubleTest::assertSuppressed);
        assertThat(other.expectTerminalError()).hasRootCauseMessage("none left");
        assertThat(memory.buffers.open()).isZero();
    }

    /** A stream whose lease does not come, and cannot be taken back. */
    private Flux<Lease> readWithoutMemory(CountedStream stream, Runnable asked) {
        return ByteStreams.read(
                () -> stream,
                bytes -> {
                    asked.run();
                    return Mono.fromDirect(new Source<Lease>());
                },
                10,
                Schedulers.immediate());
    }

    @Test
    void aReadThatIsCancelledClosesItsStream() {
        CountedStream stream = new CountedStream(100, -1);
        subscribe(readWithoutMemory(stream, () -> {}), 1).cancel();
        assertThat(stream.closes()).isEqualTo(1);
        assertThat(dropped).isNotEmpty().allMatch(CancelTroubleTest::isOfCancelling);
    }

    @Test
    void aReadThatIsCancelledWhileItAsksClosesItsStream() {
        CountedStream stream = new CountedStream(100, -1);
        AtomicReference<Runnable> cancels = new AtomicReference<>();
        Runnable asked = () -> Objects.requireNonNull(cancels.get()).run();
        TestSubscriber<Lease> subscriber = subscribe(readWithoutMemory(stream, asked), 0);
        cancels.set(subscriber::cancel);
        subscriber.request(1);
        assertThat(stream.closes()).isEqualTo(1);
        assertThat(dropped).isNotEmpty().allMatch(CancelTroubleTest::isOfCancelling);
        assertThat(subscriber.isTerminated()).isFalse();
    }

    @Test
    void aReadThatFailsClosesItsStreamAndTells() {
        CountedStream stream = new CountedStream(100, -1);
        AtomicReference<Throwable> told = new AtomicReference<>();
        readWithoutMemory(stream, () -> {}).subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(1);
                s.request(-1); // while it waits for its lease
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
        assertThat(told.get())
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(CancelTroubleTest::assertSuppressed);
        assertThat(stream.closes()).isEqualTo(1);
    }
}
