package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;
import reactor.test.util.RaceTestUtils;

/** What a scope handed out is closed when its pipeline ends, whatever lost it; no hooks are set. */
class ScopedTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    private static Flux<Lease> leases(LeaseScope scope) {
        return Flux.range(0, 10).concatMap(i -> scope.acquire(10));
    }

    /** Operators that lose elements in Reactor 3.8, all or in some cases; none of these closes a lease by itself. */
    static Stream<Arguments> losers() {
        VirtualTimeScheduler clock = VirtualTimeScheduler.create();
        return Stream.of(
                loser("takeWhile", flux -> flux.takeWhile(lease -> false)),
                loser("takeLast", flux -> flux.takeLast(2)),
                loser("skipLast", flux -> flux.skipLast(2)),
                loser("takeUntilOther", flux -> flux.concatWith(Flux.never()).takeUntilOther(Mono.never())),
                loser("groupBy", flux -> flux.groupBy(lease -> 1).take(1)),
                loser("window", flux -> flux.window(3)),
                loser(
                        "timeout",
                        flux -> flux.concatWith(Flux.never())
                                .timeout(Mono.just(1), lease -> Mono.just(1))
                                .onErrorComplete()),
                loser(
                        "flatMapSequential",
                        flux -> flux.flatMapSequential(lease ->
                                        Mono.just(lease).concatWith(Mono.error(new IllegalStateException("boom"))))
                                .onErrorComplete()),
                loser("mergeSequential", flux -> Flux.mergeSequential(Mono.never(), flux)),
                loser("sequenceEqual", flux -> Flux.from(Mono.sequenceEqual(flux, flux.map(Lease::retain)))),
                loser("bufferWhile", flux -> flux.bufferWhile(lease -> false)),
                loser(
                        "delaySequence",
                        flux -> flux.delaySequence(Duration.ofSeconds(1), clock)
                                .takeUntilOther(Mono.just(1).delaySubscription(Duration.ofMillis(1), clock))),
                loser("replay", flux -> flux.replay().autoConnect()),
                loser("publish", flux -> flux.publish().autoConnect(1)),
                loser("distinct", flux -> flux.distinct(lease -> 1)),
                loser(
                        "throwing map",
                        flux -> flux.map(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                loser(
                        "throwing doOnNext",
                        flux -> flux.doOnNext(lease -> {
                                    throw new IllegalStateException("boom");
                                })
                                .onErrorComplete()),
                loser("combineLatest", flux -> Flux.combineLatest(flux, Flux.range(0, 3), (lease, i) -> i)),
                loser("withLatestFrom", flux -> flux.withLatestFrom(Mono.just(1), (lease, i) -> i)),
                loser("collectList", Flux::collectList),
                loser("ignoreElements", Flux::ignoreElements),
                loser("last", Flux::last),
                loser(
                        "error after",
                        flux -> flux.concatWith(Mono.error(new IllegalStateException("boom")))
                                .onErrorComplete()));
    }

    private static Arguments loser(String name, Function<Flux<Lease>, ? extends org.reactivestreams.Publisher<?>> use) {
        return Arguments.of(name, use);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losers")
    void theScopeClosesWhatAnOperatorLost(
            String name, Function<Flux<Lease>, org.reactivestreams.Publisher<Object>> use) {
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        pool.scoped(scope -> use.apply(leases(scope))).subscribe(subscriber);
        if (!subscriber.isTerminated()) {
            subscriber.cancel();
        }
        assertThat(buffers.made()).as(name).isPositive();
        nothingLeaked();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losers")
    void theScopeClosesWhatAnOperatorLostOnCancel(
            String name, Function<Flux<Lease>, org.reactivestreams.Publisher<Object>> use) {
        TestSubscriber<Object> subscriber =
                TestSubscriber.builder().initialRequest(1).build();
        pool.scoped(scope -> use.apply(leases(scope).concatWith(Flux.never()))).subscribe(subscriber);
        subscriber.cancel();
        nothingLeaked();
    }

    @Test
    void aParkedPublishOnLosesNothing() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        pool.<Object>scoped(scope -> leases(scope).publishOn(parked)).subscribe(subscriber);
        assertThat(buffers.open()).isEqualTo(10);
        subscriber.cancel();
        nothingLeaked();
        parked.runAll();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void secondLeasesAndSlicesBelongToTheScopeToo() {
        StepVerifier.create(pool.scoped(scope -> scope.acquire(10).doOnNext(lease -> {
                    Lease unused = lease.retain();
                    Lease unusedToo = lease.slice(0, 5);
                    assertThat(scope.open()).isEqualTo(3);
                })))
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void ofThousandsTheOpenOnesAreKnownAndClosedAtTheEnd() {
        StepVerifier.create(pool.scoped(scope -> Flux.range(0, 10_000)
                        .map(i -> scope.adopt(buffers.of((byte) 1)))
                        .index((i, lease) -> {
                            if (i % 100 != 0) {
                                lease.close();
                            }
                            return i;
                        })
                        .doOnComplete(() -> assertThat(scope.open()).isEqualTo(100))))
                .expectNextCount(10_000)
                .verifyComplete();
    }

    @Test
    void anEndRacingNewLeasesClosesThemAll() {
        for (int round = 0; round < 500; round++) {
            LeaseScope scope = new LeaseScope(pool);
            Runnable adopts = () -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        Lease lease = scope.adopt(buffers.of((byte) 1));
                        if (i % 2 == 0) {
                            lease.close();
                        }
                    }
                } catch (IllegalStateException ended) {
                    assertThat(ended).hasMessageContaining("the scope has ended");
                }
            };
            RaceTestUtils.race(adopts, adopts, scope::end);
            assertThat(buffers.open()).isZero();
            assertThat(scope.open()).isZero();
        }
    }

    @Test
    void whatIsDetachedLivesOn() {
        AtomicReference<ByteBuf> detached = new AtomicReference<>();
        StepVerifier.create(pool.scoped(scope -> scope.acquire(10)
                        .doOnNext(lease -> detached.set(lease.detach()))
                        .then()))
                .verifyComplete();
        assertThat(budget.used()).isEqualTo(10);
        Objects.requireNonNull(detached.get()).release();
    }

    @Test
    void aLeaseWhoseMemorySomebodyElseReleasedKeepsNoneOpen() {
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        pool.scoped(scope -> {
                    for (int i = 0; i < 10; i++) {
                        ByteBuf released = Unpooled.buffer(1);
                        Lease unused = scope.adopt(released);
                        Lease unusedToo = scope.adopt(buffers.of((byte) i));
                        released.release();
                    }
                    return Mono.never();
                })
                .subscribe(subscriber);
        assertThatThrownBy(subscriber::cancel).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(buffers.open()).isZero();
    }

    @Test
    void theTerminalSignalIsPassedOnBeforeTheLeasesAreClosed() {
        AtomicReference<Boolean> openAtTheEnd = new AtomicReference<>();
        StepVerifier.create(pool.scoped(scope -> scope.acquire(10))
                        .collectList()
                        .doOnNext(leases -> openAtTheEnd.set(!leases.get(0).isDisposed())))
                .expectNextCount(1)
                .verifyComplete();
        assertThat(openAtTheEnd).hasValue(true);
    }

    @Test
    void aScopeThatOutlivesItsPipelineRefuses() {
        AtomicReference<LeaseScope> escaped = new AtomicReference<>();
        pool.scoped(scope -> {
                    escaped.set(scope);
                    return Mono.empty();
                })
                .subscribe();
        LeaseScope scope = Objects.requireNonNull(escaped.get());
        StepVerifier.create(scope.acquire(10)).verifyError(IllegalStateException.class);
        assertThatThrownBy(() -> scope.adopt(buffers.of((byte) 1))).hasMessageContaining("the scope has ended");
    }

    @Test
    void aLeaseGrantedAfterTheEndIsClosed() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> late = TestSubscriber.create();
        pool.deliverOn(parked)
                .scoped(scope -> {
                    scope.acquire(10).subscribe(late);
                    return Mono.empty();
                })
                .subscribe();
        parked.runAll();
        assertThat(late.expectTerminalError()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void eachSubscriptionHasAScopeOfItsOwn() {
        Flux<Lease> flux = pool.scoped(scope -> scope.acquire(10));
        TestSubscriber<Lease> one = TestSubscriber.create();
        flux.subscribe(one);
        StepVerifier.create(flux).expectNextCount(1).verifyComplete();
        assertThat(one.getReceivedOnNext()).hasSize(1);
    }

    @Test
    void aFunctionThatThrowsOrReturnsNullFailsTheSubscriber() {
        StepVerifier.create(pool.scoped(scope -> {
                    throw new IllegalStateException("boom");
                }))
                .verifyErrorMessage("boom");
        StepVerifier.create(pool.scoped(scope -> {
                    throw new OutOfMemoryError("none left");
                }))
                .verifyError(OutOfMemoryError.class);
        StepVerifier.create(pool.scopedMono(ScopedTest::nothing)).verifyError(NullPointerException.class);
    }

    @SuppressWarnings("NullAway") // is what is tested
    private static Mono<Object> nothing(LeaseScope scope) {
        return null;
    }

    @Test
    void withBufferLendsTheBufferUntilTheSubscriberHasHadTheEnd() {
        AtomicReference<ByteBuf> seen = new AtomicReference<>();
        StepVerifier.create(pool.withBufferMono(10, buffer -> {
                            seen.set(buffer);
                            buffer.writeCharSequence("hi", StandardCharsets.US_ASCII);
                            return Mono.just(buffer);
                        })
                        .map(buffer -> buffer.toString(StandardCharsets.US_ASCII)))
                .expectNext("hi")
                .verifyComplete();
        assertThat(Objects.requireNonNull(seen.get()).refCnt()).isZero();
    }

    @Test
    void withBufferReleasesHoweverItEnds() {
        StepVerifier.create(pool.withBuffer(10, buffer -> Flux.fromIterable(List.of(1, 2, 3))))
                .expectNext(1, 2, 3)
                .verifyComplete();
        nothingLeaked();
        StepVerifier.create(pool.withBuffer(10, buffer -> Flux.error(new IllegalStateException("boom"))))
                .verifyErrorMessage("boom");
        nothingLeaked();
        StepVerifier.create(pool.withBuffer(10, buffer -> {
                    throw new IllegalStateException("boom");
                }))
                .verifyErrorMessage("boom");
        nothingLeaked();
        StepVerifier.create(pool.withBuffer(10, buffer -> Flux.never()))
                .thenAwait()
                .thenCancel()
                .verify();
    }
}
