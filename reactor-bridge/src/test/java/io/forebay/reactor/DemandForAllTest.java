package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** A subscriber that wants all: what is requested then, and who passes elements on while that request has not returned. */
class DemandForAllTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    /** Notes what is requested, and does something within each request. */
    private static final class Source extends Flux<Lease> {
        final List<Long> requests = new CopyOnWriteArrayList<>();
        final AtomicInteger cancels = new AtomicInteger();
        private final Consumer<CoreSubscriber<? super Lease>> answer;

        Source(Consumer<CoreSubscriber<? super Lease>> answer) {
            this.answer = answer;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Lease> actual) {
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {
                    requests.add(n);
                    answer.accept(actual);
                }

                @Override
                public void cancel() {
                    cancels.incrementAndGet();
                }
            });
        }
    }

    private static void onAThreadOfItsOwn(Runnable work) {
        AtomicInteger failures = new AtomicInteger();
        Thread thread = new Thread(work);
        thread.setUncaughtExceptionHandler((dead, failure) -> failures.incrementAndGet());
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        assertThat(failures).hasValue(0);
    }

    static List<Operator> operators() {
        return Operator.all().toList();
    }

    @Test
    void whoWantsAllHasAllRequestedOnce() {
        Source source = new Source(actual -> {});
        Recorder subscriber = new Recorder(Long.MAX_VALUE);

        source.transform(ByteFlux.rechunk(2)).cast(Object.class).subscribe(subscriber);
        subscriber.request(1);
        subscriber.request(Long.MAX_VALUE);

        assertThat(source.requests).containsExactly(Long.MAX_VALUE);
        subscriber.cancel();
        subscriber.close();
    }

    @Test
    void whoWantsAllAfterAFewHasTheRestRequested() {
        Source source = new Source(actual -> {});
        Recorder subscriber = new Recorder(2);

        source.transform(ByteFlux.rechunk(2)).cast(Object.class).subscribe(subscriber);
        assertThat(source.requests).containsExactly(1L);
        subscriber.request(Long.MAX_VALUE);
        assertThat(source.requests).containsExactly(1L); // that one is still awaited

        subscriber.cancel();
        subscriber.close();
    }

    @Test
    void whoSubscribesComesNoMoreOnceAllIsRequested() {
        Source source = new Source(actual -> {});
        AtomicInteger looks = new AtomicInteger();
        Recorder subscriber = new Recorder(Long.MAX_VALUE);

        FluxReframe.<Lease>alone("looks", source, () -> new Reframer<>() {
                    @Override
                    public void feed(Lease lease) {
                        lease.close();
                    }

                    @Override
                    public boolean hasNext() {
                        looks.addAndGet(source.requests.size());
                        return false;
                    }

                    @Override
                    public Lease next() {
                        throw new IllegalStateException("there is none");
                    }

                    @Override
                    public void close() {}
                })
                .cast(Object.class)
                .subscribe(subscriber);
        subscriber.request(1);
        subscriber.request(Long.MAX_VALUE);

        assertThat(source.requests).containsExactly(Long.MAX_VALUE);
        assertThat(looks)
                .as("as a worker, while which the source could run ahead")
                .hasValue(0);
        subscriber.cancel();
        subscriber.close();
    }

    @Test
    void limitRateBytesAsksForOneAtATimeHoweverMuchIsWanted() {
        Source source = new Source(actual -> {});
        Recorder subscriber = new Recorder(Long.MAX_VALUE);

        source.transform(ByteFlux.limitRateBytes(100)).cast(Object.class).subscribe(subscriber);

        assertThat(source.requests).containsExactly(1L);
        subscriber.cancel();
        subscriber.close();
    }

    @Test
    void whoeverComesOnAnotherThreadWhileAllIsBeingRequestedPassesItOn() {
        List<Thread> passedOnBy = new ArrayList<>();
        Source source = new Source(actual -> {
            for (int i = 0; i < 3; i++) {
                byte value = (byte) i;
                onAThreadOfItsOwn(() -> {
                    Thread bringer = Thread.currentThread();
                    actual.onNext(buffers.lease(value, value));
                    assertThat(passedOnBy).hasSize(2 * (value + 1)); // before onNext returned: nothing piles up
                    assertThat(passedOnBy).endsWith(bringer, bringer);
                });
            }
            actual.onNext(buffers.lease((byte) 3)); // and on the thread that requested, too
            assertThat(passedOnBy).hasSize(7).endsWith(Thread.currentThread());
            onAThreadOfItsOwn(actual::onComplete);
        });
        AtomicInteger completions = new AtomicInteger();

        source.transform(ByteFlux.rechunk(1))
                .doOnComplete(completions::incrementAndGet)
                .subscribe(lease -> {
                    passedOnBy.add(Thread.currentThread());
                    lease.close();
                });

        assertThat(completions).hasValue(1);
    }

    @Test
    void aCancelOnAnotherThreadWhileAllIsBeingRequestedClosesWhatIsKept() {
        Recorder subscriber = new Recorder(Long.MAX_VALUE);
        Source source = new Source(actual -> {
            actual.onNext(buffers.lease((byte) 1));
            onAThreadOfItsOwn(subscriber::cancel);
            actual.onNext(buffers.lease((byte) 2)); // it does not listen
        });

        source.transform(ByteFlux.rechunk(10)).cast(Object.class).subscribe(subscriber);

        assertThat(source.cancels).hasPositiveValue();
        nothingLeaked();
        subscriber.close();
    }

    @Test
    void aSubscriberThatThrowsWhileAllIsBeingRequestedLeaksNothing() {
        Source source = new Source(actual -> {
            Throwable thrown = catchThrowable(() -> actual.onNext(buffers.lease((byte) 1, (byte) 2, (byte) 3)));
            assertThat(thrown).hasMessage("boom");
            actual.onNext(buffers.lease((byte) 4));
            throw new IllegalStateException("again");
        });

        Throwable thrown =
                catchThrowable(() -> source.transform(ByteFlux.rechunk(1)).subscribe(new CoreSubscriber<>() {
                    @Override
                    public void onSubscribe(Subscription s) {
                        s.request(Long.MAX_VALUE);
                    }

                    @Override
                    public void onNext(Lease lease) {
                        lease.close();
                        throw new IllegalStateException("boom");
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onComplete() {}
                }));

        assertThat(thrown).hasMessage("again");
        assertThat(source.cancels).hasPositiveValue();
    }

    @Test
    void whatASubscriberHasTheSourceEmitFromItsOnNextComesAfterwards() {
        List<CoreSubscriber<? super Lease>> actual = new ArrayList<>();
        List<Integer> bytes = new ArrayList<>();
        Source source = new Source(subscriber -> {
            actual.add(subscriber);
            subscriber.onNext(buffers.lease((byte) 1, (byte) 2));
        });

        source.transform(ByteFlux.rechunk(1))
                .transform(Leases.consume(ByteBuf::readByte))
                .subscribe(value -> {
                    bytes.add((int) value);
                    if (value == 1) {
                        actual.get(0).onNext(buffers.lease((byte) 3));
                    }
                });

        assertThat(bytes).containsExactly(1, 2, 3);
    }

    @Test
    void whatItHasTheSourceEmitComesBeforeTheNextThatGoesThrough() {
        List<Integer> bytes = new ArrayList<>();
        List<CoreSubscriber<? super Lease>> actual = new ArrayList<>();
        Source source = new Source(subscriber -> {
            actual.add(subscriber);
            subscriber.onNext(buffers.lease((byte) 1));
            subscriber.onNext(buffers.lease((byte) 3));
        });

        source.transform(ByteFlux.limitBytes(3)).subscribe(lease -> {
            int value = lease.buffer().readByte();
            lease.close();
            bytes.add(value);
            if (value == 1) {
                actual.get(0).onNext(buffers.lease((byte) 2));
            }
        });

        assertThat(bytes).containsExactly(1, 2, 3);
    }

    @Test
    void takeBytesEndsWithItsLastOneThoughTheRequestForAllHasNotReturned() {
        Recorder subscriber = new Recorder(Long.MAX_VALUE);
        List<Boolean> ended = new ArrayList<>();
        Source source = new Source(actual -> {
            actual.onNext(buffers.lease((byte) 1));
            ended.add(subscriber.isTerminated());
            actual.onNext(buffers.lease((byte) 2));
            ended.add(subscriber.isTerminated());
        });

        source.transform(ByteFlux.takeBytes(2)).cast(Object.class).subscribe(subscriber);

        assertThat(ended).containsExactly(false, true);
        assertThat(source.cancels).hasValue(1);
        subscriber.close();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void allThatComesFromAnotherThreadWhileItIsCancelledIsReleased(Operator operator) {
        for (int round = 0; round < 200; round++) {
            Recorder subscriber = new Recorder(Long.MAX_VALUE);
            Flux<Lease> source = Flux.fromIterable(operator.input())
                    .repeat(3)
                    .map(buffers::lease)
                    .subscribeOn(Schedulers.immediate());
            Patience.race(
                    () -> operator.use()
                            .apply(source.doOnNext(lease -> Thread.onSpinWait()))
                            .cast(Object.class)
                            .subscribe(subscriber),
                    () -> cancelWhenSubscribed(subscriber));
            subscriber.close();
        }
    }

    private static void cancelWhenSubscribed(Recorder subscriber) {
        while (!subscriber.isSubscribed()) {
            Thread.onSpinWait();
        }
        subscriber.cancel();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void theRequestForAllRacesAnElementOnAnotherThread(Operator operator) {
        for (int round = 0; round < 200; round++) {
            Recorder subscriber = new Recorder(Long.MAX_VALUE);
            List<Thread> threads = new ArrayList<>();
            Source source = new Source(actual -> {
                if (threads.isEmpty()) {
                    Thread bringer = new Thread(() -> {
                        operator.input().forEach(bytes -> actual.onNext(buffers.lease(bytes)));
                        actual.onComplete();
                    });
                    threads.add(bringer);
                    bringer.start(); // while the request returns
                }
            });
            operator.use().apply(source).cast(Object.class).subscribe(subscriber);
            threads.forEach(DemandForAllTest::join);
            assertThat(subscriber.isTerminated()).isTrue();
            subscriber.close();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void aSlowSubscriberHoldsUpASourceThatItWantsAllOf() {
        AtomicInteger out = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        Flux.range(0, 10_000)
                .publishOn(Schedulers.parallel()) // whose own request returns at once
                .map(i -> {
                    most.accumulateAndGet(out.incrementAndGet(), Math::max);
                    return buffers.lease((byte) 1, (byte) 2);
                })
                .transform(ByteFlux.rechunk(1))
                .transform(Leases.consume(ByteBuf::readByte))
                .subscribe(new BaseSubscriber<Byte>() {
                    @Override
                    protected void hookOnNext(Byte value) {
                        if (value == 2) {
                            out.decrementAndGet();
                        }
                        request(1);
                    }

                    @Override
                    protected void hookFinally(reactor.core.publisher.SignalType type) {
                        end.countDown();
                    }
                });
        try {
            end.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        assertThat(most.get()).isLessThanOrEqualTo(2);
    }
}
