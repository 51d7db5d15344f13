package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** A pool with a timeout: whatever waits for it does so no longer, also where it waits for itself. */
class PoolTimeoutTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration BEFORE = PATIENCE.minusNanos(1);

    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("frames", 1_000);
    private final ReactiveBufferPool forEver = ReactiveBufferPool.create(buffers, budget);
    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final ReactiveBufferPool pool = forEver.acquireTimeout(PATIENCE, clock);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    private static TestSubscriber<Object> subscribe(Publisher<?> publisher) {
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        Flux.from(publisher).cast(Object.class).subscribe(subscriber);
        return subscriber;
    }

    /** A pipeline that holds 600 of 1000 bytes while it asks for as many again. */
    static Stream<Arguments> waitingForThemselves() {
        return Stream.of(
                waiting(
                        "withBuffer within withBuffer",
                        pool -> pool.withBuffer(600, outer -> pool.withBuffer(600, inner -> Flux.just(1)))),
                waiting(
                        "withBufferMono within withBufferMono",
                        pool -> pool.withBufferMono(600, outer -> pool.withBufferMono(600, inner -> Mono.just(1)))),
                waiting(
                        "withBuffer in a concatMap within a scope",
                        pool -> pool.scoped(scope -> scope.acquire(600)
                                .flux()
                                .concatMap(lease -> pool.withBuffer(600, buffer -> Flux.just(1))))),
                waiting(
                        "acquire in a concatMap within withBuffer",
                        pool -> pool.withBuffer(600, buffer -> Flux.just(600).concatMap(pool::acquire))),
                waiting(
                        "acquire of a scope",
                        pool -> pool.scoped(scope -> scope.acquire(600).flux().concatMap(lease -> scope.acquire(600)))),
                waiting(
                        "acquire of a scope for one element",
                        pool -> pool.scopedMono(scope -> scope.acquire(600).flatMap(lease -> scope.acquire(600)))));
    }

    private static Arguments waiting(String name, Function<ReactiveBufferPool, Publisher<?>> pipeline) {
        return Arguments.of(name, pipeline);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("waitingForThemselves")
    void whoWaitsForHimselfIsTold(String name, Function<ReactiveBufferPool, Publisher<?>> pipeline) {
        TestSubscriber<Object> subscriber = subscribe(pipeline.apply(pool));
        clock.advanceTimeBy(BEFORE);
        assertThat(subscriber.isTerminated()).as(name).isFalse();
        assertThat(budget.used()).isEqualTo(600);
        assertThat(budget.waiting()).isEqualTo(1);

        clock.advanceTimeBy(PATIENCE.minus(BEFORE));

        assertThat(subscriber.expectTerminalError())
                .as(name)
                .isInstanceOf(AcquireTimeoutException.class)
                .hasMessageStartingWith("budget 'frames' had no room in time: asked=600, timeout=PT1S; "
                        + "600 of 1000 bytes were in use, 1 request waits for 600");
    }

    @Test
    void ofTwoScopesThatHoldHalfEachOneIsToldWhyAndTheOtherGetsOn() {
        Function<LeaseScope, Flux<Lease>> both = scope -> scope.acquire(500)
                .flux()
                .delayUntil(first -> Mono.delay(PATIENCE, clock)) // the other has its half by then
                .concatMap(first -> scope.acquire(500));
        TestSubscriber<Object> one = subscribe(pool.scoped(both));
        clock.advanceTimeBy(PATIENCE.dividedBy(2));
        TestSubscriber<Object> two = subscribe(pool.scoped(both));
        clock.advanceTimeBy(PATIENCE);
        assertThat(budget.waiting()).as("both hold, and wait").isEqualTo(2);

        clock.advanceTimeBy(PATIENCE.dividedBy(2));

        assertThat(one.expectTerminalError())
                .isInstanceOf(AcquireTimeoutException.class)
                .hasMessageContaining("this pipeline's scope holds 500 of those in use while it waits");
        assertThat(two.isTerminatedComplete()).isTrue();
        assertThat(two.getReceivedOnNext()).hasSize(1);
    }

    @Test
    void ofWithBufferInAConcatMapTheOneThatFindsNoRoomIsTold() {
        TestSubscriber<Lease> other = TestSubscriber.create();
        TestSubscriber<Object> subscriber = subscribe(Flux.just(100, 1_000, 100)
                .concatMap(bytes -> pool.withBuffer(bytes, buffer -> Flux.just(buffer.capacity()))
                        .doOnComplete(() -> pool.acquire(1).subscribe(other))));
        assertThat(subscriber.getReceivedOnNext()).containsExactly(100);
        clock.advanceTimeBy(PATIENCE);
        assertThat(subscriber.expectTerminalError()).isInstanceOf(AcquireTimeoutException.class);
        other.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void whoFindsRoomInTimeIsNotTold() {
        TestSubscriber<Lease> first = TestSubscriber.create();
        pool.acquire(1_000).subscribe(first);
        TestSubscriber<Object> second = subscribe(pool.withBuffer(1_000, buffer -> Flux.just(1)));
        clock.advanceTimeBy(BEFORE);
        first.getReceivedOnNext().forEach(Lease::close);
        clock.advanceTimeBy(PATIENCE);
        assertThat(second.getReceivedOnNext()).containsExactly(1);
        assertThat(second.isTerminatedComplete()).isTrue();
    }

    @Test
    void anAcquireWithATimeoutOfItsOwnKeepsIt() {
        TestSubscriber<Lease> first = TestSubscriber.create();
        pool.acquire(1_000).subscribe(first);
        LeaseScope scope = new LeaseScope(pool);
        List<TestSubscriber<Object>> longer = List.of(
                subscribe(pool.acquire(1, PATIENCE.multipliedBy(2), clock)),
                subscribe(scope.acquire(1, PATIENCE.multipliedBy(2), clock)));
        TestSubscriber<Object> shorter = subscribe(pool.acquire(1, PATIENCE.dividedBy(2), clock));

        clock.advanceTimeBy(PATIENCE.dividedBy(2));
        assertThat(shorter.expectTerminalError()).hasMessageContaining("timeout=PT0.5S");
        clock.advanceTimeBy(PATIENCE);
        assertThat(longer)
                .allSatisfy(waiting -> assertThat(waiting.isTerminated()).isFalse());
        clock.advanceTimeBy(PATIENCE.dividedBy(2));
        assertThat(longer)
                .allSatisfy(waiting -> assertThat(waiting.expectTerminalError()).hasMessageContaining("timeout=PT2S"));
        first.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void thePoolItWasMadeOfWaitsOn() {
        TestSubscriber<Lease> first = TestSubscriber.create();
        forEver.acquire(1_000).subscribe(first);
        TestSubscriber<Lease> second = TestSubscriber.create();
        forEver.acquire(1_000).subscribe(second);
        clock.advanceTimeBy(PATIENCE.multipliedBy(1_000));
        assertThat(second.isTerminated()).isFalse();
        first.getReceivedOnNext().forEach(Lease::close);
        second.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void bothSettingsAreKeptInEitherOrder() {
        ParkedScheduler parked = new ParkedScheduler();
        for (ReactiveBufferPool both :
                List.of(pool.deliverOn(parked), forEver.deliverOn(parked).acquireTimeout(PATIENCE, clock))) {
            TestSubscriber<Object> late = subscribe(both.acquire(1)); // there is room, but the scheduler does not run
            clock.advanceTimeBy(PATIENCE);
            assertThat(late.expectTerminalError()).isInstanceOf(AcquireTimeoutException.class);
            assertThat(both).hasToString(pool.toString());
            parked.runAll();
        }
    }

    @Test
    void aTimeoutThatIsNotAboveZeroIsRefused() {
        for (Duration timeout : List.of(Duration.ZERO, Duration.ofNanos(-1))) {
            assertThatThrownBy(() -> forEver.acquireTimeout(timeout))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("timeout must be > 0: timeout=" + timeout);
            assertThatThrownBy(() -> forEver.acquireTimeout(timeout, clock))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void itSaysItsTimeout() {
        assertThat(pool.toString()).endsWith(", acquireTimeout=PT1S)");
        assertThat(forEver.acquireTimeout(PATIENCE)
                        .deliverOn(Schedulers.single())
                        .toString())
                .endsWith(", acquireTimeout=PT1S)");
        assertThat(forEver.toString()).doesNotContain("acquireTimeout");
    }
}
