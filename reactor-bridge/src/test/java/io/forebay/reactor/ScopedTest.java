package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

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
            Patience.race(adopts, adopts, scope::end);
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
        List<Throwable> dropped = new ArrayList<>();
        Consumer<Throwable> drop = dropped::add;
        TestSubscriber<Object> subscriber = TestSubscriber.builder()
                .contextPut("reactor.onErrorDropped.local", drop)
                .build();
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
        subscriber.cancel(); // which must not throw
        assertThat(dropped).hasSize(1).allMatch(IllegalReferenceCountException.class::isInstance);
        assertThat(buffers.open()).isZero();
    }

    /** The grant that finds the scope ended has nobody to tell, and nothing to tell of. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPipelineThatIsCancelledWhileAGrantTakesItsMemoryDropsNoError(boolean waits) {
        List<Throwable> dropped = new ArrayList<>();
        Consumer<Throwable> drop = dropped::add;
        TestSubscriber<Object> waiting = TestSubscriber.builder()
                .contextPut("reactor.onErrorDropped.local", drop)
                .build();
        int taken = waits ? 1000 : 0;
        assertThat(taken == 0 || budget.tryReserve(taken)).isTrue();
        buffers.whenAsked(waiting::cancel);
        pool.scoped(scope -> scope.acquire(10)).subscribe(waiting);
        if (waits) {
            budget.release(taken);
        }
        assertThat(waiting.getReceivedOnNext()).isEmpty();
        assertThat(dropped).isEmpty();
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

    @Test
    void withBufferAsksTheBudgetAtTheFirstRequest() {
        TestSubscriber<Integer> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        pool.withBuffer(10, buffer -> Flux.just(1, 2)).subscribe(subscriber);
        assertThat(budget.used()).isZero();
        subscriber.request(1);
        assertThat(budget.used()).isEqualTo(10);
        assertThat(subscriber.getReceivedOnNext()).containsExactly(1);
        subscriber.request(1);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        TestSubscriber<Integer> ofOne =
                TestSubscriber.builder().initialRequest(0).build();
        pool.withBufferMono(10, buffer -> Mono.just(1)).subscribe(ofOne);
        assertThat(budget.used()).isZero();
        ofOne.request(1);
        assertThat(ofOne.getReceivedOnNext()).containsExactly(1);
    }

    @Test
    void withBufferFailsWhereItsFunctionIsOutOfMemory() {
        OutOfMemoryError none = new OutOfMemoryError("none left");
        Flux<Object> many = pool.withBuffer(100, buffer -> {
            throw none;
        });
        Mono<Object> one = pool.withBufferMono(100, buffer -> {
            throw none;
        });
        for (Publisher<Object> each : List.of(many, one)) {
            StepVerifier.create(each).verifyErrorMatches(none::equals);
            nothingLeaked();
            assertThat(budget.tryReserve(950)).isTrue(); // then it waits
            TestSubscriber<Object> waiting = TestSubscriber.create();
            each.subscribe(waiting);
            budget.release(950);
            assertThat(waiting.expectTerminalError()).isSameAs(none);
            nothingLeaked();
        }
    }
}
