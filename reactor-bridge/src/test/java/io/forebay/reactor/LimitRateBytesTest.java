package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

class LimitRateBytesTest {
    private final Buffers buffers = new Buffers();
    private final AtomicLong made = new AtomicLong();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private Flux<Lease> leases(int count, int bytes) {
        return Flux.range(0, count).map(i -> buffers.lease(new byte[bytes])).doOnNext(lease -> made.incrementAndGet());
    }

    private static TestSubscriber<Lease> subscribe(Flux<Lease> flux) {
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        flux.subscribe(subscriber);
        return subscriber;
    }

    @Test
    void moreIsRequestedWhenEnoughIsReleasedHoweverMuchIsWanted() {
        TestSubscriber<Lease> subscriber = subscribe(leases(10, 4).transform(ByteFlux.limitRateBytes(10)));
        assertThat(made).hasValue(3); // 8 bytes are below the limit: one element may go beyond
        List<Lease> received = subscriber.getReceivedOnNext();
        received.get(0).close();
        assertThat(made).hasValue(4);
        received.get(1).close();
        assertThat(made).hasValue(5);
        for (int i = 2; i < 10; i++) {
            received = subscriber.getReceivedOnNext();
            received.get(i).close();
        }
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(made).hasValue(10);
    }

    @Test
    void secondLeasesSlicesAndDetachedBuffersCountUntilTheLastIsReleased() {
        TestSubscriber<Lease> subscriber = subscribe(leases(2, 4).transform(ByteFlux.limitRateBytes(1)));
        Lease lease = subscriber.getReceivedOnNext().get(0);
        Lease second = lease.retain();
        Lease slice = second.slice(1, 2);
        ByteBuf detached = lease.detach();
        second.close();
        detached.release();
        assertThat(made).hasValue(1);
        slice.close();
        assertThat(made).hasValue(2);
        subscriber.getReceivedOnNext().get(1).close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void bytesCountAlsoWithinWhatNettyTakesApart(int references) {
        try (Buffers shared = new Buffers(references)) {
            AtomicInteger made = new AtomicInteger();
            TestSubscriber<Lease> subscriber = subscribe(Flux.range(0, 2)
                    .map(i -> shared.lease(new byte[4]))
                    .doOnNext(lease -> made.incrementAndGet())
                    .transform(ByteFlux.limitRateBytes(1)));
            CompositeByteBuf cumulation = new CompositeByteBuf(buffers, /* direct= */ false, 16);
            cumulation.addFlattenedComponents(
                    true, subscriber.getReceivedOnNext().get(0).detach());
            assertThat(made).hasValue(1);
            assertThat(cumulation.readableBytes()).isEqualTo(4);
            cumulation.release();
            assertThat(made).hasValue(2);
            subscriber.getReceivedOnNext().get(1).close();
        }
    }

    @Test
    void aBufferThatIsNeverReleasedCountsUntilItsLeaseIsClosed() {
        ByteBuf constant = buffers.of((byte) 1);
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        Flux.range(0, 3)
                .map(i -> Lease.adopt(Unpooled.unreleasableBuffer(constant.duplicate())))
                .transform(ByteFlux.limitRateBytes(1))
                .subscribe(subscriber);
        for (int i = 0; i < 3; i++) {
            assertThat(subscriber.getReceivedOnNext()).hasSize(i + 1);
            subscriber.getReceivedOnNext().get(i).close();
        }
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        constant.release();
    }

    @Test
    void whatOthersHoldOfTheMemoryDoesNotCount() {
        try (Buffers shared = new Buffers(/* references= */ 2)) {
            TestSubscriber<Lease> subscriber = TestSubscriber.create();
            Flux.range(0, 3)
                    .map(i -> shared.lease((byte) 1))
                    .transform(ByteFlux.limitRateBytes(1))
                    .subscribe(subscriber);
            for (int i = 0; i < 3; i++) {
                subscriber.getReceivedOnNext().get(i).close();
            }
            assertThat(subscriber.isTerminatedComplete()).isTrue();
        }
    }

    @Test
    void theCostAndTheScopeStay() {
        MemoryBudget budget = MemoryBudget.create("test", 100);
        ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
        pool.scoped(scope -> scope.acquire(50)
                        .doOnNext(lease -> lease.buffer().writeByte(1))
                        .flux()
                        .transform(ByteFlux.limitRateBytes(1))
                        .doOnNext(lease -> {
                            assertThat(lease.capacityCost()).isEqualTo(50);
                            assertThat(scope.open()).isEqualTo(1);
                            assertThat(scope.heldBytes(budget)).isEqualTo(50);
                        }))
                .blockLast();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void emptyElementsAreClosedAndDoNotStopIt() {
        TestSubscriber<Lease> subscriber = subscribe(leases(5, 0).transform(ByteFlux.limitRateBytes(1)));
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
    }

    @Test
    void prefetchingOperatorsHoldNoMoreThanTheLimitAndOneElement() {
        AtomicLong out = new AtomicLong();
        AtomicLong peak = new AtomicLong();
        Mono<Long> sum = leases(1_000, 4)
                .doOnNext(lease -> peak.accumulateAndGet(out.addAndGet(4), Math::max))
                .transform(ByteFlux.limitRateBytes(16))
                .publishOn(Schedulers.parallel())
                .flatMap(lease -> Mono.just(lease).publishOn(Schedulers.single()), 32)
                .map(lease -> {
                    out.addAndGet(-4); // before the close, which may make the next
                    lease.close();
                    return 4L;
                })
                .reduce(0L, Long::sum);
        StepVerifier.create(sum).expectNext(4_000L).verifyComplete();
        assertThat(peak.get()).isLessThanOrEqualTo(16 + 4);
    }

    @Test
    void aReleaseRacingTheNextRequestIsNotLost() {
        for (int round = 0; round < 1_000; round++) {
            TestSubscriber<Lease> subscriber =
                    TestSubscriber.builder().initialRequest(2).build();
            leases(3, 4).transform(ByteFlux.limitRateBytes(8)).subscribe(subscriber);
            List<Lease> received = subscriber.getReceivedOnNext();
            Patience.race(() -> received.get(0).close(), () -> received.get(1).close(), () -> subscriber.request(1));
            assertThat(subscriber.isTerminatedComplete()).isTrue();
            subscriber.getReceivedOnNext().forEach(Lease::close);
        }
    }

    @Test
    void whatAReleaseLetsInIsRequestedOnTheSchedulerOrIfThatRefusesAtOnce() {
        ParkedScheduler parked = new ParkedScheduler();
        TestSubscriber<Lease> subscriber = subscribe(leases(3, 4).transform(ByteFlux.limitRateBytes(4, parked)));
        subscriber.getReceivedOnNext().get(0).close();
        assertThat(made).hasValue(1);
        parked.runAll();
        assertThat(made).hasValue(2);
        parked.refuse();
        subscriber.getReceivedOnNext().get(1).close();
        assertThat(made).hasValue(3);
        subscriber.getReceivedOnNext().get(2).close();
    }

    @Test
    void aReleaseAfterTheEndDoesNothing() {
        TestSubscriber<Lease> subscriber = subscribe(leases(3, 4).transform(ByteFlux.limitRateBytes(4)));
        subscriber.cancel();
        subscriber.getReceivedOnNext().forEach(Lease::close);
        assertThat(made).hasValue(1);
    }

    /** Some at once, some later, some on other threads: what is out is counted in two places. */
    @ParameterizedTest
    @CsvSource({
        "1, 64, false",
        "4, 64, true",
        "9, 64, false",
        "40, 64, true",
        "1, 2147483647, true",
        "4, 2147483647, false",
        "9, 2147483647, true",
        "40, 2147483647, false",
    })
    void whoeverReleasesWhereverAllComeAndNoMoreThanTheLimitIsOut(int limitBytes, int concurrency, boolean polled) {
        AtomicLong out = new AtomicLong();
        AtomicLong peak = new AtomicLong();
        Flux<Lease> source = leases(5_000, 4).doOnNext(lease -> peak.accumulateAndGet(out.addAndGet(4), Math::max));
        Mono<Long> count = (polled ? source : source.hide())
                .transform(ByteFlux.limitRateBytes(limitBytes))
                .index()
                .flatMap(
                        indexed -> {
                            Mono<Lease> lease = Mono.just(indexed.getT2());
                            return indexed.getT1() % 3 == 0 ? lease.publishOn(Schedulers.parallel()) : lease;
                        },
                        concurrency)
                .doOnNext(lease -> {
                    out.addAndGet(-4); // before the close, which may make the next
                    lease.close();
                })
                .count();
        StepVerifier.create(count).expectNext(5_000L).verifyComplete();
        assertThat(peak.get()).isLessThan(limitBytes + 4);
        assertThat(out).hasValue(0);
    }
}
