package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Signal;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;
import reactor.util.function.Tuples;

class LeasesTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private Flux<Lease> leases(int count) {
        return Flux.range(0, count).map(i -> buffers.lease((byte) (int) i));
    }

    /** A source that lends: each buffer is its own again when onNext has returned. */
    private void lend(TestPublisher<ByteBuf> source, int value) {
        ByteBuf lent = buffers.of((byte) value);
        source.next(lent);
        lent.release();
    }

    @Test
    void ownKeepsWhatIsLentAlsoWhenItIsNotWantedYet() {
        TestPublisher<ByteBuf> source = TestPublisher.createNoncompliant(TestPublisher.Violation.REQUEST_OVERFLOW);
        try (Recorder subscriber = new Recorder(1)) {
            source.flux().transform(Leases.own()).cast(Object.class).subscribe(subscriber);
            lend(source, 1);
            lend(source, 2);
            assertThat(buffers.open()).isEqualTo(2);
            subscriber.cancel();
            assertThat(buffers.open()).isEqualTo(1);
        }
    }

    @Test
    void ownTakesNothingAfterTheEnd() {
        TestPublisher<ByteBuf> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.CLEANUP_ON_TERMINATE, TestPublisher.Violation.DEFER_CANCELLATION);
        try (Recorder subscriber = new Recorder(10)) {
            source.flux().transform(Leases.own()).cast(Object.class).subscribe(subscriber);
            source.complete();
            lend(source, 1);
        }
        assertThat(buffers.open()).isZero();
    }

    static Stream<Operator> operators() {
        return Operator.all();
    }

    /** Inside an operator a lease is closed without a CAS, so no such lease may be seen outside. */
    @ParameterizedTest
    @MethodSource("operators")
    void noLeaseIsSeenBeforeItIsLetOut(Operator operator) {
        Flux<Lease> adopted =
                Flux.fromIterable(operator.input()).map(buffers::of).transform(Leases.adopt());
        List<Boolean> inside = new ArrayList<>();
        operator.use()
                .apply(adopted)
                .doOnNext(element -> check(element, inside))
                .onErrorComplete()
                .blockLast();
        assertThat(inside).doesNotContain(true);
    }

    private static void check(Object element, List<Boolean> inside) {
        if (element instanceof Lease lease) {
            inside.add(lease.isInside());
            lease.close();
        } else if (element instanceof List<?> elements) {
            elements.forEach(each -> check(each, inside));
        } else if (element instanceof ByteBuf buffer) {
            buffer.release();
        }
    }

    @Test
    void ownFailsOnABufferThatIsReleasedAlready() {
        ByteBuf released = buffers.of((byte) 1);
        released.release();
        StepVerifier.create(Flux.just(released).transform(Leases.own()))
                .verifyError(io.netty.util.IllegalReferenceCountException.class);
    }

    @Test
    void ownDetachGivesTheSubscriberAReferenceOfItsOwn() {
        ByteBuf lent = buffers.of((byte) 1);
        StepVerifier.create(Flux.just(lent).transform(Leases.own()).transform(Leases.detach()))
                .consumeNextWith(buffer -> {
                    assertThat(buffer.refCnt()).isEqualTo(2);
                    buffer.release();
                })
                .verifyComplete();
        lent.release();
    }

    @Test
    void consumeMapsThenCloses() {
        StepVerifier.create(leases(3).transform(Leases.consume(ByteBuf::readByte)))
                .expectNext((byte) 0, (byte) 1, (byte) 2)
                .verifyComplete();
    }

    @Test
    void aFunctionThatThrowsOrReturnsNullIsAnError() {
        StepVerifier.create(leases(3).transform(Leases.consume(buffer -> {
                    throw new IllegalStateException("boom");
                })))
                .verifyErrorMessage("boom");
        StepVerifier.create(leases(3).transform(Leases.consume(LeasesTest::nothing)))
                .verifyError(NullPointerException.class);
    }

    @Test
    void aFunctionThatFindsNoMemoryIsAnErrorAndNotTheEndOfTheJvm() {
        TestPublisher<Lease> source = TestPublisher.create();
        StepVerifier.create(source.flux().transform(Leases.consume(buffer -> {
                    throw new OutOfMemoryError("none left");
                })))
                .then(() -> source.next(buffers.lease((byte) 1)))
                .verifyError(OutOfMemoryError.class);
        source.assertCancelled();
    }

    @SuppressWarnings("NullAway") // is what is tested
    private static Object nothing(ByteBuf buffer) {
        return null;
    }

    @Test
    void aLeaseThatSomebodyClosedIsAnErrorThatLeaksNothing() {
        StepVerifier.create(leases(3)
                        .doOnNext(lease -> {
                            if (lease.buffer().getByte(0) == 1) {
                                lease.close();
                            }
                        })
                        .transform(ByteFlux.rechunk(3)))
                .verifyError(IllegalStateException.class);
    }

    @Test
    void aSubscriberThatThrowsHasItsElementAndEverythingElseIsClosed() {
        List<Lease> received = new ArrayList<>();
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        source.flux().transform(ByteFlux.rechunk(1)).subscribe(new reactor.core.CoreSubscriber<>() {
            @Override
            public void onSubscribe(org.reactivestreams.Subscription s) {
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
        });
        Lease three = buffers.lease((byte) 1, (byte) 2, (byte) 3);
        assertThatThrownBy(() -> source.next(three)).hasMessage("boom");
        source.next(buffers.lease((byte) 4));
        assertThat(received).hasSize(1);
        assertThat(buffers.open()).isEqualTo(1);
        received.get(0).close();
        source.assertCancelled();
    }

    @Test
    void discardedLeasesAreClosedAlsoInWhatWrapsThem() {
        StepVerifier.create(leases(8)
                        .<Object>map(lease -> switch (lease.buffer().getByte(0)) {
                            case 0 -> List.of(lease);
                            case 1 -> Map.of("lease", Optional.of(lease));
                            case 2 -> Tuples.of(1, 2, lease);
                            case 3 -> Signal.next(lease);
                            case 4 -> Map.entry(lease, "lease");
                            case 5 -> Set.of(Tuples.of(List.of(lease), Optional.empty()));
                            case 6 ->
                                Objects.requireNonNull(Flux.just(lease).timed().blockFirst());
                            default -> lease;
                        })
                        .filter(element -> false)
                        .transform(Leases.releaseOnDiscard()))
                .verifyComplete();
    }

    @Test
    void theHookIsInstalledOnceInAChain() {
        AtomicInteger looks = new AtomicInteger();
        List<Lease> counting = new java.util.AbstractList<>() {
            @Override
            public Lease get(int index) {
                looks.incrementAndGet();
                return buffers.lease((byte) 1);
            }

            @Override
            public int size() {
                return 1;
            }
        };
        StepVerifier.create(Flux.just(counting)
                        .filter(element -> false)
                        .transform(Leases.releaseOnDiscard())
                        .transform(Leases.releaseOnDiscard())
                        .map(element -> element)
                        .transform(Leases.releaseOnDiscard()))
                .verifyComplete();
        assertThat(looks).hasValue(1);
    }

    @Test
    void aUsersOwnHookBesideOursReleasesOnce() {
        try (Buffers shared = new Buffers(/* references= */ 2)) {
            StepVerifier.create(Flux.range(0, 3)
                            .map(i -> shared.lease((byte) 1))
                            .filter(lease -> false)
                            .doOnDiscard(Lease.class, Lease::close)
                            .transform(Leases.releaseOnDiscard()))
                    .verifyComplete();
        }
    }

    @Test
    void drainOnCancelReadsTheSourceToItsEnd() {
        AtomicInteger emitted = new AtomicInteger();
        leases(10)
                .doOnNext(lease -> emitted.incrementAndGet())
                .transform(Leases.drainOnCancel())
                .subscribe(new BaseSubscriber<Lease>() {
                    @Override
                    protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                        subscription.request(1);
                    }

                    @Override
                    protected void hookOnNext(Lease lease) {
                        lease.close();
                        cancel();
                    }
                });
        assertThat(emitted).hasValue(10);
    }

    /** Somebody else has released one of the buffers. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void drainOnCancelGoesOnAfterWhatCannotBeClosed(boolean adopted) {
        List<Throwable> dropped = new ArrayList<>();
        Consumer<Throwable> drop = dropped::add;
        TestPublisher<ByteBuf> source = TestPublisher.create();
        TestSubscriber<Lease> subscriber = TestSubscriber.builder()
                .contextPut("reactor.onErrorDropped.local", drop)
                .build();
        lent(source, adopted).transform(Leases.drainOnCancel()).subscribe(subscriber);
        subscriber.cancel();
        ByteBuf released = Unpooled.buffer(1);
        released.release();
        source.next(buffers.of((byte) 1), released, buffers.of((byte) 2));
        assertThat(buffers.open()).isZero();
        assertThat(dropped).singleElement().isInstanceOf(IllegalReferenceCountException.class);
    }

    private Subscription draining = Operators.emptySubscription();

    enum Next {
        ELEMENT,
        ERROR,
        COMPLETE
    }

    /** With the next signal, as the source's is the thread that tells. */
    @ParameterizedTest
    @EnumSource
    void drainOnCancelTellsOfABadRequestAndDrainsTheRest(Next next) {
        for (boolean adopted : new boolean[] {false, true}) {
            TestPublisher<ByteBuf> source = TestPublisher.create();
            TestSubscriber<Lease> subscriber = subscribeDraining(source, adopted);
            draining.request(0);
            assertThat(subscriber.isTerminated()).isFalse();
            switch (next) {
                case ELEMENT -> source.next(buffers.of((byte) 1), buffers.of((byte) 2));
                case ERROR -> source.error(new IllegalStateException("boom"));
                case COMPLETE -> source.complete();
            }
            Throwable told = subscriber.expectTerminalError();
            assertThat(told).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("3.9");
            assertThat(told.getSuppressed()).hasSize(next == Next.ERROR ? 1 : 0);
            source.assertNotCancelled();
        }
    }

    @Test
    void drainOnCancelTellsNobodyWhoCancelledAfterABadRequest() {
        TestPublisher<ByteBuf> source = TestPublisher.create();
        TestSubscriber<Lease> subscriber = subscribeDraining(source, /* adopted= */ true);
        draining.request(-1);
        subscriber.cancel();
        source.next(buffers.of((byte) 1)).complete();
        assertThat(subscriber.isTerminated()).isFalse();
    }

    private TestSubscriber<Lease> subscribeDraining(TestPublisher<ByteBuf> source, boolean adopted) {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(1).build();
        lent(source, adopted)
                .transform(Leases.drainOnCancel())
                .doOnSubscribe(s -> draining = s) // it asks for nothing that is not allowed
                .subscribe(subscriber);
        return subscriber;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void drainOnCancelRacingOnNextAndABadRequestClosesEachOnce(boolean adopted) {
        for (int round = 0; round < 500; round++) {
            TestPublisher<ByteBuf> source =
                    TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
            try (Buffers shared = new Buffers(/* references= */ 2);
                    Recorder subscriber = new Recorder(10)) {
                lent(source, adopted)
                        .transform(Leases.drainOnCancel())
                        .doOnSubscribe(s -> draining = s)
                        .cast(Object.class)
                        .subscribe(subscriber);
                Patience.race(subscriber::cancel, () -> source.next(shared.of((byte) 1)), () -> draining.request(0));
                source.next(shared.of((byte) 2));
                source.assertNotCancelled();
            }
        }
    }

    private static Flux<Lease> lent(TestPublisher<ByteBuf> source, boolean adopted) {
        return adopted ? source.flux().transform(Leases.adopt()) : source.flux().map(Lease::adopt);
    }

    @Test
    void oneElementIsRequestedAtATimeAndOnlyWhileOneIsWanted() {
        AtomicLong requested = new AtomicLong();
        try (Recorder subscriber = new Recorder(0)) {
            leases(10)
                    .hide()
                    .doOnRequest(requested::addAndGet)
                    .transform(ByteFlux.rechunk(2))
                    .cast(Object.class)
                    .subscribe(subscriber);
            assertThat(requested).hasValue(0);
            subscriber.request(1);
            assertThat(requested).hasValue(2);
            subscriber.request(2);
            assertThat(requested).hasValue(6);
            subscriber.cancel();
        }
    }

    @Test
    void takingNothingAsksForNothing() {
        AtomicLong requested = new AtomicLong();
        StepVerifier.create(leases(10).doOnRequest(requested::addAndGet).transform(ByteFlux.takeBytes(0)))
                .verifyComplete();
        assertThat(requested).hasValue(0);
    }

    @Test
    void aResubscriptionBeginsAnew() {
        Flux<byte[]> flux = leases(3).transform(ByteFlux.rechunk(2)).transform(ByteFlux.asByteArray());
        for (int i = 0; i < 2; i++) {
            StepVerifier.create(flux).expectNextCount(2).verifyComplete();
        }
    }

    @Test
    void theSubscribersContextIsSeenAbove() {
        StepVerifier.create(Flux.deferContextual(context -> leases((int) context.get("count")))
                        .transform(ByteFlux.rechunk(1))
                        .transform(ByteFlux.asByteArray())
                        .contextWrite(context -> context.put("count", 3)))
                .expectNextCount(3)
                .verifyComplete();
    }

    @Test
    void manySmallPiecesOfOneLargeElementDoNotPileUpStack() {
        StepVerifier.create(Flux.just(1, 2, 3)
                        .map(i -> buffers.lease(new byte[100_000]))
                        .transform(ByteFlux.rechunk(1))
                        .transform(Leases.consume(ByteBuf::readByte))
                        .count())
                .expectNext(300_000L)
                .verifyComplete();
    }

    @Test
    void manySmallElementsForOneLargePieceDoNotPileUpStack() {
        StepVerifier.create(Flux.range(0, 100_000)
                        .map(i -> buffers.lease((byte) 1))
                        .transform(ByteFlux.rechunk(100_000))
                        .transform(Leases.consume(ByteBuf::readableBytes)))
                .expectNext(100_000)
                .verifyComplete();
    }

    @Test
    void badArgumentsAreRefusedAtAssembly() {
        assertThatThrownBy(() -> ByteFlux.rechunk(0)).hasMessage("bytes must be > 0: bytes=0");
        assertThatThrownBy(() -> ByteFlux.takeBytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ByteFlux.splitOn(new byte[0], 1)).hasMessageContaining("delimiter.length");
        assertThatThrownBy(() -> ByteFlux.lengthPrefixed(9, 1)).hasMessageContaining("lengthFieldBytes=9");
        assertThatThrownBy(() -> ByteFlux.lengthPrefixed(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ByteFlux.aggregate(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ByteFlux.lines(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLengthOfEightBytesBeyondAllLimitsIsRefused() {
        for (int first : new int[] {0xff, 0x80, 0x7f}) {
            byte[] length = new byte[] {(byte) first, -1, -1, -1, -1, -1, -1, -1};
            StepVerifier.create(Flux.just(length).map(buffers::lease).transform(ByteFlux.lengthPrefixed(8, 100)))
                    .verifyError(ByteLimitExceededException.class);
            length = new byte[] {(byte) first, 0, 0, 0, 0, 0, 0, 0};
            StepVerifier.create(Flux.just(length).map(buffers::lease).transform(ByteFlux.lengthPrefixed(8, 100)))
                    .verifyError(ByteLimitExceededException.class);
        }
    }

    @Test
    void aLineIsTooLongAsSoonAsAByteMoreThanTheLimitIsNoReturn() {
        TestPublisher<Lease> source = TestPublisher.create();
        StepVerifier.create(source.flux().transform(ByteFlux.lines(3)))
                .then(() -> source.next(buffers.lease((byte) 'a', (byte) 'b', (byte) 'c', (byte) '\r')))
                .then(() -> source.next(buffers.lease((byte) '\n', (byte) 'a', (byte) 'b', (byte) 'c')))
                .assertNext(Lease::close)
                .then(() -> source.next(buffers.lease((byte) 'd')))
                .verifyErrorMessage("more bytes than lines lets through: limit=3, seen=4");
    }

    @Test
    void aFrameTooLongForItsLengthFieldIsRefused() {
        StepVerifier.create(Flux.just(new byte[256]).map(buffers::lease).transform(ByteFlux.prependLength(1)))
                .verifyError(ByteLimitExceededException.class);
    }
}
