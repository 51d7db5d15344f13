package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/**
 * Errors that Reactor's operators let through, as they take them for the end of the JVM: a scope ends all the same, and who waits
 * for an allocator that is out of memory is told.
 */
class ScopedErrorTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
    private final OutOfMemoryError none = new OutOfMemoryError("none left");
    private final LinkageError fatal = new LinkageError("no such class");

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    private static <T> TestSubscriber<T> wantingOne() {
        return TestSubscriber.builder().initialRequest(1).build();
    }

    private Object none() {
        throw none;
    }

    private Mono<Object> noMono() {
        throw none;
    }

    /** What a publisher of leases is out of memory for, and when. */
    private List<Publisher<Object>> outOfMemory() {
        return List.of(
                pool.withBuffer(100, buffer -> Mono.fromCallable(this::none)),
                pool.withBuffer(100, buffer -> Flux.defer(this::noMono)),
                pool.withBuffer(100, buffer -> Flux.range(0, 3).map(i -> none())),
                pool.withBufferMono(100, buffer -> Mono.fromCallable(this::none)),
                pool.withBufferMono(100, buffer -> Mono.defer(this::noMono)),
                pool.withBufferMono(100, buffer -> Mono.just(1).map(i -> none())),
                pool.scoped(scope -> scope.acquire(100).map(lease -> none())),
                pool.scopedMono(scope -> scope.acquire(100).map(lease -> none())),
                // these hear of no error once they have the lease
                pool.scopedMono(scope -> scope.acquire(100).flatMap(lease -> noMono())),
                pool.scoped(scope -> scope.acquire(100).flatMapMany(lease -> noMono())),
                pool.scoped(
                        scope -> scope.acquire(100).doOnNext(lease -> none()).publishOn(Schedulers.single())),
                // and this has an end only later
                pool.scopedMono(
                        scope -> scope.acquire(100).map(lease -> none()).onErrorResume(thrown -> Mono.never())));
    }

    @Test
    void whoSubscribesIsToldWhereAPublisherIsOutOfMemory() {
        for (Publisher<Object> each : outOfMemory()) {
            TestSubscriber<Object> subscriber = wantingOne();
            each.subscribe(subscriber);
            assertThat(subscriber.expectTerminalError()).isSameAs(none);
            nothingLeaked();
        }
    }

    @Test
    void whoHasWaitedForTheBudgetIsToldToo() {
        for (Publisher<Object> each : outOfMemory()) {
            assertThat(budget.tryReserve(950)).isTrue();
            TestSubscriber<Object> waiting = wantingOne();
            each.subscribe(waiting);
            budget.release(950);
            assertThat(waiting.expectTerminalError()).isSameAs(none);
            nothingLeaked();
        }
    }

    @Test
    void likewiseWhereItIsWithoutALeaseOfThePool() {
        List<Publisher<Object>> publishers =
                List.of(Flux.defer(this::noMono), Flux.range(0, 3).map(i -> none()));
        for (Publisher<Object> each : publishers) {
            TestSubscriber<Object> subscriber = wantingOne();
            pool.scoped(scope -> {
                        Lease unused = scope.adopt(buffers.of((byte) 1));
                        return each;
                    })
                    .subscribe(subscriber);
            assertThat(subscriber.expectTerminalError()).isSameAs(none);
            nothingLeaked();
        }
    }

    @Test
    void behindTheScopeItCanBeRecoveredFrom() {
        TestSubscriber<Object> waiting = wantingOne();
        assertThat(budget.tryReserve(950)).isTrue();
        pool.scopedMono(scope -> scope.acquire(100).flatMap(lease -> noMono()))
                .onErrorResume(OutOfMemoryError.class, thrown -> Mono.just("instead"))
                .subscribe(waiting);
        budget.release(950);
        assertThat(waiting.getReceivedOnNext()).containsExactly("instead");
        assertThat(waiting.isTerminatedComplete()).isTrue();
    }

    @Test
    void whatComesAfterItIsDropped() {
        TestPublisher<Object> others = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        for (Runnable late : List.<Runnable>of(() -> others.next(1), () -> others.error(fatal), others::complete)) {
            assertThat(budget.tryReserve(950)).isTrue();
            TestSubscriber<Object> waiting = wantingOne();
            TestSubscriber<Object> aside = wantingOne();
            pool.scoped(scope -> subscriber -> {
                        others.subscribe(subscriber);
                        scope.acquire(100).map(lease -> none()).subscribe(aside);
                    })
                    .subscribe(waiting);
            budget.release(950);
            late.run();
            assertThat(waiting.expectTerminalError()).isSameAs(none);
            assertThat(aside.expectTerminalError()).isSameAs(none);
            assertThat(waiting.getReceivedOnNext()).isEmpty();
        }
        others.assertCancelled(3);
    }

    /** As {@code block()} does, which would wait for ever. */
    @Test
    void whoSubscribesWithinThePipelineIsToldToo() {
        TestSubscriber<Object> subscriber = wantingOne();
        pool.scoped(scope -> Mono.defer(() ->
                        Mono.justOrEmpty(scope.acquire(100).map(lease -> none()).block(Patience.LIMIT))))
                .subscribe(subscriber);
        assertThat(subscriber.expectTerminalError()).isSameAs(none);
    }

    @Test
    void whoIsToldBeforeThePublisherHasSubscribedHasOneSubscription() {
        AtomicBoolean cancelled = new AtomicBoolean();
        AtomicInteger subscriptions = new AtomicInteger();
        TestSubscriber<Object> subscriber = wantingOne();
        pool.scoped(scope -> Flux.defer(() -> {
                    scope.acquire(100).map(lease -> none()).subscribe(wantingOne());
                    return Flux.just(1).hide().doOnCancel(() -> cancelled.set(true));
                }))
                .doOnSubscribe(s -> subscriptions.incrementAndGet())
                .subscribe(subscriber);
        assertThat(subscriber.expectTerminalError()).isSameAs(none);
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertThat(subscriptions).hasValue(1);
        assertThat(cancelled).isTrue();
    }

    @Test
    void whoWaitsForALaterElementIsToldToo() {
        TestSubscriber<Object> subscriber = wantingOne();
        pool.withBuffer(100, buffer -> Flux.range(0, 3).<Object>map(i -> i == 0 ? i : none()))
                .subscribe(subscriber);
        assertThat(subscriber.getReceivedOnNext()).containsExactly(0);
        assertThat(budget.used()).isEqualTo(100);
        subscriber.request(1);
        assertThat(subscriber.expectTerminalError()).isSameAs(none);
    }

    @Test
    void withoutAScopeWhoWaitsForALeaseIsToldToo() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Object> waiting = wantingOne();
        pool.deliverOn(parked)
                .acquire(100)
                .map(lease -> {
                    lease.close();
                    return none();
                })
                .subscribe(waiting);
        assertThatThrownBy(parked::runAll).isSameAs(none);
        assertThat(waiting.expectTerminalError()).isSameAs(none);
    }

    @Test
    void whoReadsAFileOrStreamOnAnotherThreadIsToldToo() {
        ParkedScheduler parked = new ParkedScheduler();
        CountedStream stream = new CountedStream(100, -1);
        TestSubscriber<Object> reading = wantingOne();
        pool.scoped(scope -> ByteStreams.read(() -> stream, scope::acquire, 10, parked)
                        .map(lease -> none()))
                .subscribe(reading);
        parked.runAll();
        assertThat(reading.expectTerminalError()).isSameAs(none);
        assertThat(stream.closes()).isEqualTo(1);
        nothingLeaked();
        TestSubscriber<Object> cancelled = wantingOne();
        pool.scoped(scope -> ByteStreams.read(() -> stream, scope::acquire, 10, parked)
                        .map(lease -> {
                            cancelled.cancel();
                            return none();
                        }))
                .subscribe(cancelled);
        assertThatThrownBy(parked::runAll).isSameAs(none);
        assertThat(cancelled.isTerminated()).isFalse();
        assertThat(stream.closes()).isEqualTo(2);
    }

    @Test
    void whatEndsTheJvmGoesUpAndLeavesNothing() {
        List<Publisher<Object>> publishers = List.of(
                pool.withBuffer(
                        100,
                        buffer -> Mono.fromCallable(() -> {
                            throw fatal;
                        })),
                pool.scoped(scope -> scope.acquire(100).map(lease -> {
                    throw fatal;
                })),
                pool.scoped(scope -> scope.acquire(100).thenMany(Flux.defer(() -> {
                    throw fatal;
                }))));
        for (Publisher<Object> each : publishers) {
            TestSubscriber<Object> subscriber = wantingOne();
            assertThatThrownBy(() -> each.subscribe(subscriber)).isSameAs(fatal);
            nothingLeaked();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoseSubscriberThrowsIsCancelledAndEnds(boolean isOfReactor) {
        TestPublisher<Object> source = TestPublisher.create();
        Flux<Object> scoped = pool.scoped(scope -> {
            Lease unused = scope.adopt(buffers.of((byte) 1));
            return source;
        });
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        if (isOfReactor) {
            scoped.map(element -> none()).subscribe(subscriber);
        } else {
            scoped.subscribe(new Throwing());
        }
        assertThatThrownBy(() -> source.next(1)).isSameAs(none);
        source.assertCancelled();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    private final class Throwing implements CoreSubscriber<Object> {
        @Override
        public void onSubscribe(Subscription s) {
            s.request(1);
        }

        @Override
        public void onNext(Object element) {
            throw none;
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onComplete() {
            throw new AssertionError("not complete");
        }
    }

    @Test
    void whoThrowsWithinItsRequestIsToldNothingMore() {
        Throwing subscriber = new Throwing();
        Flux<Object> scoped = pool.scoped(scope -> scope.acquire(100).repeat(2));
        assertThatThrownBy(() -> scoped.subscribe(subscriber)).isSameAs(none);
    }

    @Test
    void whoHasCancelledIsToldNothing() {
        TestSubscriber<Object> subscriber = TestSubscriber.create();
        Flux<Object> scoped = pool.scoped(scope -> scope.acquire(100).map(lease -> {
            subscriber.cancel();
            return none();
        }));
        assertThatThrownBy(() -> scoped.subscribe(subscriber)).isSameAs(none);
        assertThat(subscriber.isTerminated()).isFalse();
    }
}
