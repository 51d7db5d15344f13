package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Sources that are polled, as they offer synchronous fusion: the same as if they had been requested from. */
class PolledTest {
    private static final int ROUNDS = 200;

    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    static List<Operator> operators() {
        return Operator.all()
                .flatMap(operator -> Stream.of(operator, ofBuffers(operator)))
                .toList();
    }

    /** The same of buffers that are in no lease when they come. */
    private static Operator ofBuffers(Operator operator) {
        return new Operator(
                operator.name() + ", of buffers",
                operator.of(),
                operator.input(),
                flux -> operator.use().apply(flux.map(Lease::detach).transform(Leases.adopt())));
    }

    /** Those that poll: no multicast. */
    static Stream<Operator> pollingOperators() {
        return operators().stream().filter(operator -> {
            PolledSource source = new PolledSource(List.of());
            Recorder subscriber = new Recorder(1);
            operator.use().apply(source).cast(Object.class).subscribe(subscriber);
            return source.violations.isEmpty();
        });
    }

    private PolledSource source(List<byte[]> contents) {
        return new PolledSource(contents.stream()
                .map(content -> (Supplier<Lease>) () -> buffers.lease(content))
                .toList());
    }

    private Supplier<Lease> one(int value) {
        return () -> buffers.lease((byte) value);
    }

    private static Lease fail() {
        throw new IllegalStateException("boom");
    }

    private static List<Object> outcome(Flux<?> flux, boolean oneByOne) {
        List<Object> outcome = new ArrayList<>();
        flux.subscribe(new BaseSubscriber<Object>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(oneByOne ? 1 : Long.MAX_VALUE);
            }

            @Override
            protected void hookOnNext(Object element) {
                outcome.add(described(element));
                Recorder.release(element);
                if (oneByOne) {
                    request(1);
                }
            }

            @Override
            protected void hookOnError(Throwable failure) {
                outcome.add(failure.toString());
            }

            @Override
            protected void hookOnComplete() {
                outcome.add("end");
            }
        });
        return outcome;
    }

    private static Object described(Object element) {
        if (element instanceof Lease lease) {
            return described(lease.buffer());
        }
        if (element instanceof ByteBuf buffer) {
            return ByteBufUtil.hexDump(buffer);
        }
        if (element instanceof List<?> elements) {
            return elements.stream().map(PolledTest::described).toList();
        }
        return element instanceof byte[] bytes ? ByteBufUtil.hexDump(bytes) : element;
    }

    @ParameterizedTest
    @MethodSource("operators")
    void whatComesOutOfAPolledSourceIsWhatComesOutOfAnother(Operator operator) {
        Flux<Lease> polled = Flux.fromIterable(operator.input()).map(buffers::lease);

        for (boolean oneByOne : new boolean[] {false, true}) {
            assertThat(outcome(operator.use().apply(polled), oneByOne))
                    .isEqualTo(outcome(operator.use().apply(polled.hide()), oneByOne));
        }
    }

    @ParameterizedTest
    @MethodSource("pollingOperators")
    void nothingIsPolledUntilItIsWantedAndNoMoreThanThat(Operator operator) {
        List<Integer> polled = pollsPerRequest(operator, /* hidden= */ false);

        assertThat(polled.get(0)).isZero();
        assertThat(polled).isEqualTo(pollsPerRequest(operator, /* hidden= */ true));
    }

    /** How many elements were made before any is wanted, and after each request for one. */
    private List<Integer> pollsPerRequest(Operator operator, boolean hidden) {
        AtomicInteger made = new AtomicInteger();
        Flux<Lease> source =
                Flux.fromIterable(operator.input()).map(buffers::lease).doOnNext(lease -> made.incrementAndGet());
        Recorder subscriber = new Recorder(0);
        operator.use().apply(hidden ? source.hide() : source).cast(Object.class).subscribe(subscriber);
        List<Integer> perRequest = new ArrayList<>(List.of(made.get()));
        for (int i = 0; i < 100 && !subscriber.isTerminated(); i++) {
            subscriber.request(1);
            subscriber.close(); // for those that go on when what is out is released
            perRequest.add(made.get());
        }
        assertThat(subscriber.isTerminated()).isTrue();
        return perRequest;
    }

    @Test
    void theEndComesWithTheLastElementThoughNoMoreIsWanted() {
        PolledSource source = source(List.of(new byte[] {1}, new byte[] {2}));

        StepVerifier.create(source.transform(ByteFlux.limitBytes(10)).transform(Leases.consume(ByteBuf::readByte)), 1)
                .expectNext((byte) 1)
                .thenRequest(1)
                .expectNext((byte) 2)
                .verifyComplete();

        assertThat(source.violations).isEmpty();
        assertThat(source.cancels).hasValue(0);
    }

    @Test
    void aRestThatIsKeptComesBeforeTheEnd() {
        StepVerifier.create(source(List.of(new byte[] {1}, new byte[] {2}, new byte[] {3}))
                        .transform(ByteFlux.rechunk(2))
                        .transform(Leases.consume(ByteBuf::readableBytes)))
                .expectNext(2, 1)
                .verifyComplete();
    }

    @ParameterizedTest
    @MethodSource("pollingOperators")
    void aPollThatFailsAtEachElementEndsItAndLeaksNothing(Operator operator) {
        for (int good = 0; good <= operator.input().size(); good++) {
            for (long requested : new long[] {1, Long.MAX_VALUE}) {
                List<Supplier<Lease>> elements = new ArrayList<>();
                operator.input().stream().limit(good).forEach(content -> elements.add(() -> buffers.lease(content)));
                elements.add(PolledTest::fail);
                PolledSource source = new PolledSource(elements);
                Recorder subscriber = new Recorder(requested);
                operator.use().apply(source).cast(Object.class).subscribe(subscriber);
                for (int i = 0; i < 100 && !subscriber.isTerminated(); i++) {
                    subscriber.request(1);
                    subscriber.close(); // for those that go on when what is out is released
                }
                subscriber.close();
                assertThat(subscriber.isTerminated()).isTrue();
                assertThat(source.violations).isEmpty();
                assertThat(source.cancels).hasValue(1);
                buffers.check();
            }
        }
    }

    @Test
    void aSourceThatFailsWhenAskedForItsEndIsAnError() {
        PolledSource source = source(List.of(new byte[] {1}, new byte[] {2})).failsWhenAskedForItsEnd();

        StepVerifier.create(source.transform(ByteFlux.limitBytes(10)).transform(Leases.consume(ByteBuf::readByte)), 1)
                .expectNext((byte) 1)
                .verifyErrorMessage("the end is not known");

        assertThat(source.violations).isEmpty();
        assertThat(source.cancels).hasValue(1);
    }

    @Test
    void anElementThatCannotBeTakenInIsAnError() {
        List<ByteBuf> made = new ArrayList<>();
        AtomicInteger cleanUps = new AtomicInteger();
        Flux<ByteBuf> source = Flux.using(
                () -> 3,
                count -> Flux.range(0, count).map(i -> {
                    ByteBuf buffer = buffers.of((byte) 1);
                    made.add(buffer);
                    if (i == 1) {
                        buffer.release();
                    }
                    return buffer;
                }),
                count -> cleanUps.incrementAndGet());

        for (Flux<?> user : List.of(
                source.transform(Leases.own()).transform(ByteFlux.rechunk(10)),
                source.transform(Leases.own())
                        .as(ByteStreams.write(OutputStream::nullOutputStream, Schedulers.immediate()))
                        .flux())) {
            made.clear();
            cleanUps.set(0);

            StepVerifier.create(user).verifyError(IllegalReferenceCountException.class);

            assertThat(made).hasSize(2);
            assertThat(cleanUps).hasValue(1);
            assertThat(made.get(0).release()).isTrue(); // of which there is a reference of its own
        }
    }

    @Test
    void aSourceThatCleansUpDoesItOnceAtTheEndAndAtACancel() {
        for (int taken : new int[] {1, 2, 3}) { // the last two end it
            AtomicInteger cleanUps = new AtomicInteger();
            Flux<Lease> source = Flux.using(
                    () -> 2,
                    count -> Flux.range(0, count).map(i -> buffers.lease((byte) 1)),
                    count -> cleanUps.incrementAndGet());

            StepVerifier.create(source.transform(ByteFlux.limitBytes(10))
                            .transform(Leases.consume(ByteBuf::readByte))
                            .take(taken))
                    .expectNextCount(Math.min(taken, 2))
                    .verifyComplete();

            assertThat(cleanUps).hasValue(1);
        }
    }

    @ParameterizedTest
    @MethodSource("pollingOperators")
    void aSubscriberThatThrowsHasItCancelledOnce(Operator operator) {
        PolledSource source = source(operator.input());

        Throwable thrown = catchThrowable(
                () -> operator.use().apply(source).cast(Object.class).subscribe(new Throwing()));

        assertThat(thrown)
                .satisfiesAnyOf( // some emit nothing but an error
                        none -> assertThat(none).isNull(),
                        some -> assertThat(some).hasMessage("of the subscriber"));
        assertThat(source.violations).isEmpty(); // a second cancel is one
    }

    private static final class Throwing implements CoreSubscriber<Object> {
        @Override
        public void onSubscribe(Subscription s) {
            s.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object element) {
            Recorder.release(element);
            throw new IllegalStateException("of the subscriber");
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }

    @ParameterizedTest
    @MethodSource("pollingOperators")
    void aCancelRacesRequests(Operator operator) {
        for (int round = 0; round < ROUNDS; round++) {
            long requested = round % 2 == 0 ? 2 : Long.MAX_VALUE;
            PolledSource source = source(operator.input());
            Recorder subscriber = new Recorder(0);
            operator.use().apply(source).cast(Object.class).subscribe(subscriber);

            Patience.race(() -> subscriber.request(requested), subscriber::cancel, () -> subscriber.request(1));

            assertThat(source.violations).isEmpty(); // a second cancel is one
            subscriber.close();
            buffers.check();
        }
    }

    @Test
    void whatACancelledSourceDiscardsIsNotEmittedToo() {
        for (int round = 0; round < 10 * ROUNDS; round++) {
            List<Lease> leases = Stream.of(1, 2, 3, 4).map(i -> one(i).get()).toList();
            Recorder subscriber = new Recorder(0);
            Flux.fromIterable(leases)
                    .transform(ByteFlux.limitBytes(10))
                    .transform(Leases.releaseOnDiscard())
                    .cast(Object.class)
                    .subscribe(subscriber);

            Patience.race(() -> subscriber.request(3), subscriber::cancel);

            subscriber.close(); // which fails if somebody else has closed one
            buffers.check();
        }
    }

    @Test
    void anEndlessSourceIsLeftWhenItIsCancelledElsewhere() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        BaseSubscriber<Lease> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Lease lease) {
                lease.close();
                running.countDown();
            }
        };
        ByteBuf one = buffers.of((byte) 1); // of which there are as many references as come, and not a buffer for each
        Flux<Lease> endless = Flux.generate(sink -> sink.next(Lease.adopt(one.retainedDuplicate())));
        Thread thread =
                new Thread(() -> endless.transform(ByteFlux.skipBytes(1)).subscribe(subscriber));
        thread.start();
        running.await();

        subscriber.cancel();

        thread.join();
        one.release();
    }

    @Test
    void askingForTheNextWithinEachOnNextNeedsNoStack() {
        AtomicInteger received = new AtomicInteger();
        Flux.range(0, 100_000)
                .map(i -> Lease.adopt(Unpooled.EMPTY_BUFFER))
                .transform(Leases.consume(ByteBuf::readableBytes))
                .subscribe(new BaseSubscriber<>() {
                    @Override
                    protected void hookOnSubscribe(Subscription s) {
                        s.request(1);
                    }

                    @Override
                    protected void hookOnNext(Integer bytes) {
                        received.incrementAndGet();
                        request(1);
                    }
                });

        assertThat(received).hasValue(100_000);
    }
}
