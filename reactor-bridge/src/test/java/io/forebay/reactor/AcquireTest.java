package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.BudgetExceededException;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

class AcquireTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 100);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    private static TestSubscriber<Lease> subscribe(Mono<Lease> mono) {
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        mono.subscribe(subscriber);
        return subscriber;
    }

    private static Lease only(TestSubscriber<Lease> subscriber) {
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        return subscriber.getReceivedOnNext().get(0);
    }

    @Test
    void aLeaseIsChargedUntilItIsClosed() {
        Lease lease = only(subscribe(pool.acquire(60)));
        assertThat(budget.used()).isEqualTo(60);
        assertThat(lease.capacityCost()).isEqualTo(60);
        assertThat(lease.buffer().writableBytes()).isEqualTo(60);
        lease.close();
    }

    @Test
    void aDetachedBufferStaysChargedUntilItsLastReferenceIsReleased() {
        Lease lease = only(subscribe(pool.acquire(60)));
        Lease slice = lease.slice(0, 10);
        ByteBuf detached = lease.detach();
        detached.release();
        assertThat(budget.used()).isEqualTo(60);
        slice.close();
    }

    @Test
    void whoFindsNoRoomWaitsFirstComeFirstServed() {
        Lease first = only(subscribe(pool.acquire(80)));
        TestSubscriber<Lease> large = subscribe(pool.acquire(90));
        TestSubscriber<Lease> small = subscribe(pool.acquire(10));
        assertThat(large.getReceivedOnNext()).isEmpty();
        assertThat(small.getReceivedOnNext()).isEmpty();
        first.close();
        only(large).close();
        only(small).close();
    }

    @Test
    void aCancelledHeadLetsTheNextIn() {
        Lease first = only(subscribe(pool.acquire(80)));
        TestSubscriber<Lease> large = subscribe(pool.acquire(90));
        TestSubscriber<Lease> small = subscribe(pool.acquire(10));
        large.cancel();
        only(small).close();
        first.close();
        assertThat(large.getReceivedOnNext()).isEmpty();
    }

    @Test
    void nothingIsAskedBeforeTheFirstRequestAndOneThingByMany() {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        pool.acquire(60).subscribe(subscriber);
        assertThat(budget.stats().requests()).isZero();
        subscriber.request(1);
        subscriber.request(1);
        subscriber.request(5);
        assertThat(budget.stats().requests()).isEqualTo(1);
        only(subscriber).close();
    }

    @Test
    void aCancelBeforeTheRequestAsksNothing() {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        pool.acquire(60).subscribe(subscriber);
        subscriber.cancel();
        subscriber.request(1);
        assertThat(budget.stats().requests()).isZero();
    }

    @Test
    void eachSubscriptionGetsALeaseOfItsOwn() {
        Mono<Lease> mono = pool.acquire(50);
        Lease one = only(subscribe(mono));
        Lease two = only(subscribe(mono));
        assertThat(two).isNotSameAs(one);
        assertThat(budget.used()).isEqualTo(100);
        one.close();
        two.close();
    }

    @Test
    void whatCanNeverBeMetFailsAtOnce() {
        for (Publisher<?> asked : List.of(
                pool.acquire(101),
                pool.acquire(101, Duration.ofSeconds(1)),
                pool.withBuffer(101, buffer -> Mono.empty()),
                pool.scoped(scope -> scope.acquire(101)))) {
            StepVerifier.create(asked)
                    .verifyErrorSatisfies(refused -> assertThat(refused)
                            .isInstanceOf(BudgetExceededException.class)
                            .hasMessage("more than the limit of budget '" + budget.name() + "': asked=101, limit=100"));
        }
    }

    @Test
    void aClosedBudgetFailsWhoWaitsAndWhoComes() {
        Lease first = only(subscribe(pool.acquire(80)));
        TestSubscriber<Lease> waiting = subscribe(pool.acquire(80));
        budget.close();
        assertThat(waiting.expectTerminalError()).isInstanceOf(IllegalStateException.class);
        StepVerifier.create(pool.acquire(1)).verifyError(IllegalStateException.class);
        first.close();
    }

    @Test
    void badSizesAndTimesAreRefusedAtAssembly() {
        assertThatThrownBy(() -> pool.acquire(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.acquire(-1)).hasMessageContaining("bytes=-1");
        assertThatThrownBy(() -> pool.acquire(1, Duration.ZERO)).hasMessage("timeout must be > 0: timeout=PT0S");
        assertThatThrownBy(() -> pool.acquire(1, Duration.ofMillis(-1)))
                .hasMessage("timeout must be > 0: timeout=PT-0.001S");
        assertThatThrownBy(() -> pool.withBuffer(0, buffer -> Mono.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAllocatorThatIsOutOfMemoryFailsTheRequestAndKeepsNothing() {
        AbstractByteBufAllocator empty = new AbstractByteBufAllocator() {
            @Override
            protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("none left");
            }

            @Override
            protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("none left");
            }

            @Override
            public boolean isDirectBufferPooled() {
                return false;
            }
        };
        TestSubscriber<Lease> subscriber =
                subscribe(ReactiveBufferPool.create(empty, budget).acquire(10));
        assertThat(subscriber.expectTerminalError()).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void aTimeoutEndsTheWaitOnAVirtualClock() {
        VirtualTimeScheduler clock = VirtualTimeScheduler.create();
        Lease first = only(subscribe(pool.acquire(80)));
        TestSubscriber<Lease> waiting = subscribe(pool.acquire(70, SECOND, clock));
        TestSubscriber<Lease> behind = subscribe(pool.acquire(20, SECOND.multipliedBy(2), clock));
        clock.advanceTimeBy(SECOND);
        assertThat(waiting.expectTerminalError())
                .isInstanceOf(AcquireTimeoutException.class)
                .hasMessageContaining("asked=70");
        only(behind).close();
        first.close();
        clock.advanceTimeBy(SECOND.multipliedBy(3));
        assertThat(budget.stats().timeouts()).isEqualTo(1);
    }

    @Test
    void aGrantInTimeEndsTheTimeout() {
        VirtualTimeScheduler clock = VirtualTimeScheduler.create();
        Lease first = only(subscribe(pool.acquire(80)));
        TestSubscriber<Lease> waiting = subscribe(pool.acquire(70, SECOND, clock));
        first.close();
        clock.advanceTimeBy(SECOND.multipliedBy(2));
        only(waiting).close();
    }

    @Test
    void aTimerThatRefusesFailsTheRequest() {
        Lease first = only(subscribe(pool.acquire(80)));
        ParkedScheduler refusing = new ParkedScheduler(); // it has no timer
        TestSubscriber<Lease> waiting = subscribe(pool.acquire(70, SECOND, refusing));
        assertThat(waiting.expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
        first.close();
    }

    @Test
    void aCancelBetweenTheGrantAndItsDeliveryGivesTheBytesBackAtOnce() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> subscriber = subscribe(pool.deliverOn(parked).acquire(60));
        assertThat(budget.used()).isEqualTo(60);
        subscriber.cancel();
        assertThat(budget.used()).isZero();
        parked.runAll();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertThat(buffers.made()).isZero();
    }

    @Test
    void aSchedulerThatRefusesFailsTheRequest() {
        ParkedScheduler refusing = new ParkedScheduler();
        refusing.refuse();
        TestSubscriber<Lease> subscriber = subscribe(pool.deliverOn(refusing).acquire(60));
        assertThat(subscriber.expectTerminalError()).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void aLeaseIsDeliveredOnTheSchedulerGiven() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> subscriber = subscribe(pool.deliverOn(parked).acquire(60));
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        parked.runAll();
        only(subscriber).close();
    }

    @Test
    void manyWhoCloseAtOnceWhatTheyGetDoNotPileUpStack() {
        Lease first = only(subscribe(pool.acquire(100)));
        List<Integer> served = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            int number = i;
            pool.acquire(100).subscribe(lease -> {
                served.add(number);
                lease.close();
            });
        }
        first.close();
        assertThat(served).hasSize(10_000).isSorted();
    }

    @Test
    void aRequestBelowOneFailsByTheRules() {
        AtomicReference<Subscription> subscription = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        pool.acquire(1).subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                subscription.set(s);
            }

            @Override
            public void onNext(Lease lease) {
                lease.close();
            }

            @Override
            public void onError(Throwable thrown) {
                failure.set(thrown);
            }

            @Override
            public void onComplete() {}
        });
        Objects.requireNonNull(subscription.get()).request(0);
        assertThat(failure.get()).isInstanceOf(IllegalArgumentException.class);
        assertThat(budget.stats().requests()).isZero();
    }

    @Test
    void whoCancelsWithTheLeaseIsToldNoEnd() {
        AtomicBoolean ended = new AtomicBoolean();
        pool.acquire(10).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Lease lease) {
                upstream().cancel();
                lease.close();
            }

            @Override
            protected void hookOnComplete() {
                ended.set(true);
            }
        });
        assertThat(ended).isFalse();
    }

    @Test
    void scanTellsWhereItIsDelivered() {
        Mono<Lease> mono = pool.deliverOn(Schedulers.single()).acquire(1);
        assertThat(Scannable.from(mono).scan(Scannable.Attr.RUN_ON)).isSameAs(Schedulers.single());
    }

    @Test
    void aCancelRacingTheGrantEndsInOneWay() {
        for (int round = 0; round < 1_000; round++) {
            Lease first = only(subscribe(pool.acquire(80)));
            TestSubscriber<Lease> waiting = subscribe(pool.acquire(80));
            Patience.race(first::close, waiting::cancel);
            waiting.getReceivedOnNext().forEach(Lease::close);
            waiting.getReceivedOnNextAfterCancellation().forEach(Lease::close);
            nothingLeaked();
        }
    }

    @Test
    void aTimeoutRacingTheGrantEndsInOneWay() {
        for (int round = 0; round < 1_000; round++) {
            VirtualTimeScheduler clock = VirtualTimeScheduler.create();
            Lease first = only(subscribe(pool.acquire(80)));
            TestSubscriber<Lease> waiting = subscribe(pool.acquire(80, SECOND, clock));
            Patience.race(first::close, () -> clock.advanceTimeBy(SECOND));
            assertThat(waiting.isTerminated()).isTrue();
            assertThat(waiting.getReceivedOnNext()).hasSize(waiting.isTerminatedComplete() ? 1 : 0);
            waiting.getReceivedOnNext().forEach(Lease::close);
            nothingLeaked();
        }
    }

    @Test
    void aCancelRacingTheRequestEndsInOneWay() {
        for (int round = 0; round < 1_000; round++) {
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(0).build();
            pool.acquire(80).subscribe(subscriber);
            Patience.race(() -> subscriber.request(1), subscriber::cancel);
            subscriber.getReceivedOnNext().forEach(Lease::close);
            subscriber.getReceivedOnNextAfterCancellation().forEach(Lease::close);
            nothingLeaked();
        }
    }

    @Test
    void aCancelWhileTheRequestIsOnItsWayIntoTheQueueLeavesNobodyWaiting() {
        AtomicReference<Runnable> onClock = new AtomicReference<>(() -> {});
        MemoryBudget spent = MemoryBudget.create(
                "spent",
                100,
                () -> { // asked for the time as a waiter is queued
                    onClock.getAndSet(() -> {}).run();
                    return 0;
                });
        assertThat(spent.tryReserve(100)).isTrue();
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        ReactiveBufferPool.create(buffers, spent).acquire(80).subscribe(subscriber);
        onClock.set(subscriber::cancel);
        subscriber.request(1);
        assertThat(spent.stats().waits()).isEqualTo(1);
        assertThat(spent.waiting()).isZero();
        spent.release(100);
        assertThat(spent.used()).isZero();
    }

    @Test
    void aCancelRacingARequestThatHasToWaitLeavesNobodyWaiting() {
        for (int round = 0; round < 1_000; round++) {
            Lease first = only(subscribe(pool.acquire(80)));
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(0).build();
            pool.acquire(80).subscribe(subscriber);
            Patience.race(() -> subscriber.request(1), subscriber::cancel);
            assertThat(budget.waiting()).isZero();
            first.close();
            nothingLeaked();
        }
    }
}
