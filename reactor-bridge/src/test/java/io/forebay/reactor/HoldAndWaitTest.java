package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/**
 * Pipelines that hold half a frame while they wait for the memory of the other half, and the budget is spent on such halves:
 * in the time set one is told so and lets go, and the others get on.
 */
class HoldAndWaitTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int PIECE_BYTES = 300;

    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("frames", 1_000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    /** Gathers three pieces to a frame, and takes memory for one whenever it is told to. */
    private final class Gatherer {
        private final TestPublisher<Integer> pieces = TestPublisher.create();
        private final TestSubscriber<Object> subscriber = TestSubscriber.create();

        Gatherer(Function<Flux<Lease>, Flux<?>> framing) {
            Flux<Lease> memory = pieces.flux()
                    .concatMap(piece -> pool.acquire(PIECE_BYTES, PATIENCE, clock)
                            .doOnNext(lease -> lease.buffer().writeZero(PIECE_BYTES)));
            framing.apply(memory).cast(Object.class).subscribe(subscriber);
        }

        void piece() {
            pieces.next(1);
        }

        void end() {
            pieces.complete();
        }

        void closeReceived() {
            subscriber.getReceivedOnNext().forEach(Recorder::release);
        }
    }

    static Stream<Arguments> framings() {
        return Stream.of(
                framing("rechunk", flux -> flux.transform(ByteFlux.rechunk(3 * PIECE_BYTES))),
                framing("aggregate", flux -> flux.as(ByteFlux.aggregate(1_000)).flux()),
                framing("lines", flux -> flux.transform(ByteFlux.lines(1_000))),
                framing("bufferBytes", flux -> flux.transform(ByteFlux.bufferBytes(3 * PIECE_BYTES))));
    }

    private static Arguments framing(String name, Function<Flux<Lease>, Flux<?>> framing) {
        return Arguments.of(name, framing);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("framings")
    void theFirstWhoseTimeIsUpIsToldAndTheOtherGetsOn(String name, Function<Flux<Lease>, Flux<?>> framing) {
        Gatherer one = new Gatherer(framing);
        Gatherer two = new Gatherer(framing);
        one.piece();
        two.piece();
        one.piece();
        assertThat(budget.used()).isEqualTo(3 * PIECE_BYTES);
        two.piece();
        clock.advanceTimeBy(PATIENCE.dividedBy(2));
        one.piece();
        assertThat(budget.waiting()).as("both hold, and wait").isEqualTo(2);
        assertThat(one.subscriber.isTerminated()).as(name).isFalse();
        assertThat(two.subscriber.isTerminated()).as(name).isFalse();

        clock.advanceTimeBy(PATIENCE.dividedBy(2));

        assertThat(two.subscriber.expectTerminalError())
                .isInstanceOf(AcquireTimeoutException.class)
                .hasMessage(
                        "budget 'frames' had no room in time: asked=300, timeout=PT1S; 900 of 1000 bytes were in use, "
                                + "2 requests wait for 600; what this pipeline holds is not known outside a scope");
        assertThat(budget.waiting()).isZero();
        assertThat(budget.used()).as("what the other has now").isEqualTo(3 * PIECE_BYTES);
        one.end();
        assertThat(one.subscriber.isTerminatedComplete()).isTrue();
        assertThat(one.subscriber.getReceivedOnNext()).hasSize(1);
        one.closeReceived();
    }

    @Test
    void ofManyAtLeastOneFinishesAndNobodyHangs() {
        List<Gatherer> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(new Gatherer(flux -> flux.transform(ByteFlux.rechunk(3 * PIECE_BYTES))));
        }
        for (int round = 0; round < 3; round++) {
            for (Gatherer gatherer : all) {
                gatherer.piece();
                clock.advanceTimeBy(Duration.ofMillis(7));
            }
        }
        all.forEach(Gatherer::end);
        clock.advanceTimeBy(PATIENCE.multipliedBy(all.size()));
        assertThat(all)
                .allSatisfy(gatherer ->
                        assertThat(gatherer.subscriber.isTerminated()).isTrue());
        assertThat(all)
                .anySatisfy(gatherer ->
                        assertThat(gatherer.subscriber.isTerminatedComplete()).isTrue());
        all.forEach(Gatherer::closeReceived);
    }

    @Test
    void allOfAFrameAtOnceNeverHangs() {
        TestSubscriber<Lease> one = TestSubscriber.create();
        TestSubscriber<Lease> two = TestSubscriber.create();
        pool.acquire(3 * PIECE_BYTES).subscribe(one);
        pool.acquire(3 * PIECE_BYTES).subscribe(two);
        assertThat(two.isTerminated()).isFalse();
        one.getReceivedOnNext().forEach(Lease::close);
        assertThat(two.isTerminatedComplete()).isTrue();
        two.getReceivedOnNext().forEach(Lease::close);
    }

    /** Gathers pieces to a frame within a scope, which knows what is held. */
    private final class ScopedGatherer {
        private final TestPublisher<Integer> pieces = TestPublisher.create();
        private final TestSubscriber<Lease> subscriber = TestSubscriber.create();

        ScopedGatherer(int frameBytes) {
            pool.scoped(scope -> pieces.flux()
                            .concatMap(bytes -> scope.acquire(bytes, PATIENCE, clock)
                                    .doOnNext(lease -> lease.buffer().writeZero(bytes)))
                            .transform(ByteFlux.rechunk(frameBytes)))
                    .subscribe(subscriber);
        }
    }

    @Test
    void ofTwoThatEachHoldHalfAndAskForAsMuchTheFirstIsToldWhyAndTheOtherGetsOn() {
        ScopedGatherer one = new ScopedGatherer(1_000);
        ScopedGatherer two = new ScopedGatherer(1_000);
        one.pieces.next(500);
        two.pieces.next(500);
        one.pieces.next(500);
        clock.advanceTimeBy(PATIENCE.dividedBy(2));
        two.pieces.next(500);
        assertThat(budget.waiting()).as("both hold, and wait").isEqualTo(2);

        clock.advanceTimeBy(PATIENCE.dividedBy(2));

        assertThat(one.subscriber.expectTerminalError())
                .hasMessage(
                        "budget 'frames' had no room in time: asked=500, timeout=PT1S; 1000 of 1000 bytes were in use, "
                                + "2 requests wait for 1000; this pipeline's scope holds 500 of those in use while it waits "
                                + "(hold-and-wait? ask for all at once, release before asking, raise the limit, or have fewer such "
                                + "pipelines share it)");
        assertThat(two.subscriber.getReceivedOnNext()).hasSize(1);
        two.pieces.complete();
        assertThat(two.subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void oneThatHoldsAllAndAsksForMoreIsToldThatItNeverGetsIt() {
        ScopedGatherer one = new ScopedGatherer(1_500);
        one.pieces.next(1_000);
        one.pieces.next(500);
        clock.advanceTimeBy(PATIENCE);
        assertThat(one.subscriber.expectTerminalError())
                .hasMessage(
                        "budget 'frames' had no room in time: asked=500, timeout=PT1S; 1000 of 1000 bytes were in use, "
                                + "1 request waits for 500; this pipeline's scope holds 1000 of those in use, beside which it never "
                                + "gets 500 more (hold-and-wait: ask for all at once, release before asking, or raise the limit)");
    }
}
