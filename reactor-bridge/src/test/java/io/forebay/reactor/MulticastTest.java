package io.forebay.reactor;

import static io.forebay.reactor.LeaseSubscribers.closeReceived;
import static io.forebay.reactor.LeaseSubscribers.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

class MulticastTest {
    private final Buffers buffers = new Buffers();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private Flux<Lease> leases(int count) {
        return Flux.range(0, count).map(i -> buffers.lease((byte) (int) i));
    }

    private static List<Integer> values(TestSubscriber<Lease> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(lease -> (int) lease.buffer().getByte(lease.buffer().readerIndex()))
                .toList();
    }

    @Test
    void eachSubscriberGetsALeaseOfItsOwnAndTheSlowestSetsThePace() {
        AtomicLong requested = new AtomicLong();
        AtomicInteger subscribed = new AtomicInteger();
        Flux<Lease> shared = leases(3)
                .doOnRequest(requested::addAndGet)
                .doOnSubscribe(s -> subscribed.incrementAndGet())
                .transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> fast = subscribe(shared, 10);
        assertThat(subscribed).hasValue(0);
        TestSubscriber<Lease> slow = subscribe(shared, 1);
        assertThat(subscribed).hasValue(1);
        assertThat(requested).hasValue(1);
        assertThat(values(fast)).containsExactly(0);
        assertThat(values(slow)).containsExactly(0);
        assertThat(fast.getReceivedOnNext().get(0))
                .isNotSameAs(slow.getReceivedOnNext().get(0));
        closeReceived(fast);
        assertThat(buffers.open()).isEqualTo(1);
        closeReceived(slow);
        assertThat(buffers.open()).isZero();
        slow.request(5);
        assertThat(fast.isTerminatedComplete()).isTrue();
        assertThat(slow.isTerminatedComplete()).isTrue();
        assertThat(fast.getReceivedOnNext()).hasSize(3);
        closeReceived(fast);
        closeReceived(slow);
    }

    @Test
    void theirIndicesAreTheirOwn() {
        Flux<Lease> shared =
                Flux.just(1).map(i -> buffers.lease((byte) 1, (byte) 2)).transform(ByteFlux.multicast(2));
        List<Byte> read = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            shared.subscribe(lease -> {
                try (lease) {
                    read.add(lease.buffer().readByte());
                    read.add(lease.buffer().readByte());
                }
            });
        }
        assertThat(read).containsExactly((byte) 1, (byte) 2, (byte) 1, (byte) 2);
    }

    @Test
    void whoCancelsIsWaitedForNoLonger() {
        Flux<Lease> shared = leases(3).transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> slow = subscribe(shared, 0);
        TestSubscriber<Lease> fast = subscribe(shared, 10);
        assertThat(fast.getReceivedOnNext()).isEmpty();
        slow.cancel();
        assertThat(values(fast)).containsExactly(0, 1, 2);
        assertThat(fast.isTerminatedComplete()).isTrue();
        closeReceived(fast);
    }

    @Test
    void whenAllHaveCancelledTheSourceIs() {
        TestPublisher<Lease> source = TestPublisher.create();
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 1);
        one.cancel();
        TestSubscriber<Lease> two = subscribe(shared, 0);
        source.assertNotCancelled();
        source.assertWasNotRequested();
        two.cancel();
        source.assertCancelled();
    }

    @Test
    void oneTooManyIsRefused() {
        Flux<Lease> shared = leases(1).transform(ByteFlux.multicast(1));
        TestSubscriber<Lease> first = subscribe(shared, 1);
        StepVerifier.create(shared).verifyErrorMessage("multicast has its 1 subscribers (one too many?)");
        closeReceived(first);
    }

    @Test
    void anErrorGoesToAll() {
        Flux<Lease> shared = leases(1)
                .concatWith(Mono.error(new IllegalStateException("boom")))
                .transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 2);
        TestSubscriber<Lease> two = subscribe(shared, 2);
        assertThat(one.expectTerminalError()).hasMessage("boom");
        assertThat(two.expectTerminalError()).hasMessage("boom");
        closeReceived(one);
        closeReceived(two);
    }

    @Test
    void anEmptySourceNeedsNoRequest() {
        Flux<Lease> shared = Flux.<Lease>empty().transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 0);
        TestSubscriber<Lease> two = subscribe(shared, 0);
        assertThat(one.isTerminatedComplete()).isTrue();
        assertThat(two.isTerminatedComplete()).isTrue();
    }

    @Test
    void aLeaseThatSomebodyClosedIsAnErrorForAll() {
        Flux<Lease> shared = leases(2).doOnNext(Lease::close).transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 2);
        TestSubscriber<Lease> two = subscribe(shared, 2);
        assertThat(one.expectTerminalError()).isInstanceOf(IllegalStateException.class);
        assertThat(two.expectTerminalError()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRequestBelowOneEndsThatSubscriberOnly() {
        Flux<Lease> shared = leases(2).transform(ByteFlux.multicast(2));
        List<Throwable> told = new ArrayList<>();
        shared.subscribe(new reactor.core.CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(0);
            }

            @Override
            public void onNext(Lease lease) {
                lease.close();
            }

            @Override
            public void onError(Throwable failure) {
                told.add(failure);
            }

            @Override
            public void onComplete() {}
        });
        TestSubscriber<Lease> other = subscribe(shared, 5);
        assertThat(told).singleElement().isInstanceOf(IllegalArgumentException.class);
        assertThat(values(other)).containsExactly(0, 1);
        closeReceived(other);
    }

    @Test
    void elementsThatNobodyAskedForWaitAndAreClosedAtTheEnd() {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.REQUEST_OVERFLOW, TestPublisher.Violation.DEFER_CANCELLATION);
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 1);
        TestSubscriber<Lease> two = subscribe(shared, 1);
        source.next(buffers.lease((byte) 1), buffers.lease((byte) 2));
        assertThat(values(one)).containsExactly(1);
        closeReceived(one);
        closeReceived(two);
        assertThat(buffers.open()).isEqualTo(1);
        one.cancel();
        two.cancel();
        assertThat(buffers.open()).isZero();
        source.next(buffers.lease((byte) 3));
    }

    @Test
    void aSubscriberThatThrowsEndsTheRunAndLosesNothing() {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> one = subscribe(shared, 2);
        shared.subscribe(new reactor.core.CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(2);
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
        });
        assertThatThrownBy(() -> source.next(buffers.lease((byte) 1))).hasMessage("boom");
        source.next(buffers.lease((byte) 2));
        closeReceived(one);
        source.assertCancelled();
    }

    @Test
    void whenASubscriberThrowsTheOthersAreTold() {
        TestPublisher<Lease> source = TestPublisher.createNoncompliant(TestPublisher.Violation.DEFER_CANCELLATION);
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(3));
        TestSubscriber<Lease> before = subscribe(shared, 10);
        List<Throwable> toldToWhoThrew = new ArrayList<>();
        shared.subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                s.request(10);
            }

            @Override
            public void onNext(Lease lease) {
                lease.close();
                throw new OutOfMemoryError("none left");
            }

            @Override
            public void onError(Throwable failure) {
                toldToWhoThrew.add(failure);
            }

            @Override
            public void onComplete() {}
        });
        TestSubscriber<Lease> after = subscribe(shared, 10);
        assertThatThrownBy(() -> source.next(buffers.lease((byte) 1))).hasMessage("none left");
        source.assertCancelled();
        source.next(buffers.lease((byte) 2));
        assertThat(toldToWhoThrew).isEmpty();
        assertThat(before.expectTerminalError()).hasRootCauseMessage("none left");
        assertThat(after.expectTerminalError()).hasRootCauseMessage("none left");
        assertThat(values(before)).containsExactly(1);
        assertThat(values(after)).isEmpty();
        closeReceived(before);
    }

    @Test
    void raceOfCancelsRequestsAndElements() {
        for (int round = 0; round < 500; round++) {
            TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                    TestPublisher.Violation.REQUEST_OVERFLOW, TestPublisher.Violation.DEFER_CANCELLATION);
            Flux<Object> shared = source.flux().transform(ByteFlux.multicast(2)).cast(Object.class);
            try (Buffers strict = new Buffers(/* references= */ 2);
                    Recorder one = new Recorder(1);
                    Recorder two = new Recorder(1)) {
                Patience.race(() -> shared.subscribe(one), () -> shared.subscribe(two));
                Patience.race(one::cancel, () -> two.request(2), () -> {
                    source.next(strict.lease((byte) 1));
                    source.next(strict.lease((byte) 2));
                    source.complete();
                });
                two.cancel();
            }
        }
    }

    @Test
    void subscribersOnOtherThreadsAllGetAll() {
        Random random = new Random(1);
        Flux<Lease> shared = leases(100).transform(ByteFlux.multicast(4));
        List<Mono<Long>> counts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            counts.add(shared.publishOn(Schedulers.parallel(), 1 + random.nextInt(10))
                    .transform(ByteFlux.asByteArray())
                    .count());
        }
        StepVerifier.create(Flux.merge(counts))
                .expectNext(100L, 100L, 100L, 100L)
                .verifyComplete();
    }

    @Test
    void allAreRequestedAtOnceOnlyWhereEverySubscriberWantsAll() {
        List<Long> requests = new ArrayList<>();
        Flux<Lease> shared = leases(3).hide().doOnRequest(requests::add).transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> all = subscribe(shared, 1);
        TestSubscriber<Lease> one = subscribe(shared, 1);
        all.request(Long.MAX_VALUE);
        assertThat(requests).containsExactly(1L);
        one.request(Long.MAX_VALUE);
        assertThat(requests).containsExactly(1L, Long.MAX_VALUE);
        for (TestSubscriber<Lease> subscriber : List.of(all, one)) {
            assertThat(subscriber.isTerminatedComplete()).isTrue();
            assertThat(values(subscriber)).containsExactly(0, 1, 2);
            closeReceived(subscriber);
        }
    }

    @Test
    void whoLeavesOthersThatWantAllIsNotWaitedFor() {
        TestPublisher<Lease> source = TestPublisher.create();
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> stays = subscribe(shared, 1);
        TestSubscriber<Lease> leaves = subscribe(shared, 1);
        stays.request(Long.MAX_VALUE);
        leaves.request(Long.MAX_VALUE);
        leaves.cancel();
        source.assertNotCancelled();
        source.next(buffers.lease((byte) 2));
        assertThat(values(stays)).containsExactly(2);
        assertThat(leaves.getReceivedOnNext()).isEmpty();
        source.complete();
        assertThat(stays.isTerminatedComplete()).isTrue();
        closeReceived(stays);
    }

    /** Or else its thread would be the worker meanwhile, and deliver, beside a source that nothing holds up. */
    @Test
    void onceAllIsRequestedMisuseIsToldByWhoBringsTheNextElement() throws InterruptedException {
        TestPublisher<Lease> source = TestPublisher.create();
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        shared.subscribe(Lease::close);
        AtomicReference<Subscription> misused = new AtomicReference<>();
        AtomicReference<Thread> teller = new AtomicReference<>();
        shared.doOnSubscribe(misused::set).subscribe(Lease::close, failure -> teller.set(Thread.currentThread()));
        Thread misuser = new Thread(() -> Objects.requireNonNull(misused.get()).request(0));
        misuser.start();
        misuser.join();
        assertThat(teller).hasNullValue();
        source.next(buffers.lease((byte) 1));
        assertThat(teller).hasValue(Thread.currentThread());
        source.complete();
    }

    /** However that meets the request for all: what comes is passed on within the call that brings it. */
    @Test
    void whoLeavesWhileAllIsBeingRequestedLeavesNothingBehindIt() {
        for (int round = 0; round < 2_000; round++) {
            TestPublisher<Lease> source = TestPublisher.create();
            Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(3));
            TestSubscriber<Lease> leaving = subscribe(shared, 0);
            TestSubscriber<Lease> first = subscribe(shared, 0);
            AtomicInteger got = new AtomicInteger();
            shared.subscribe(lease -> {
                got.incrementAndGet();
                lease.close();
            });
            leaving.request(Long.MAX_VALUE);
            Patience.race(leaving::cancel, () -> first.request(Long.MAX_VALUE));
            for (int element = 1; element <= 3; element++) {
                source.next(buffers.lease((byte) element));
                assertThat(got).hasValue(element);
            }
            source.complete();
            assertThat(first.isTerminatedComplete()).isTrue();
            closeReceived(first);
            closeReceived(leaving);
        }
    }

    @Test
    void whoIsToldOfItsMisuseInTheMidstOfADeliveryGetsNothingOfIt() {
        AtomicReference<Subscription> second = new AtomicReference<>();
        Flux<Lease> shared = leases(2).transform(ByteFlux.multicast(2));
        shared.subscribe(lease -> {
            Objects.requireNonNull(second.get()).request(0);
            lease.close();
        });
        TestSubscriber<Lease> misused = subscribe(shared.doOnSubscribe(second::set), 10);
        assertThat(misused.getReceivedOnNext()).isEmpty();
        assertThat(misused.expectTerminalError()).isInstanceOf(IllegalArgumentException.class);
    }

    /** It is told before the next element goes out, and throws. */
    @Test
    void anElementIsClosedWhereWhoIsToldOfItsMisuseThrows() {
        TestPublisher<Lease> source = TestPublisher.create();
        Flux<Lease> shared = source.flux().transform(ByteFlux.multicast(2));
        AtomicReference<Subscription> second = new AtomicReference<>();
        TestSubscriber<Lease> first = TestSubscriber.create();
        shared.subscribe(first);
        shared.doOnSubscribe(second::set).subscribe(Lease::close, failure -> {
            throw new IllegalStateException("boom", failure);
        });
        Objects.requireNonNull(second.get()).request(0);
        assertThatThrownBy(() -> source.next(buffers.lease((byte) 1))).hasMessageContaining("boom");
        assertThat(first.expectTerminalError()).hasMessageContaining("another subscriber");
        assertThat(buffers.open()).isZero();
        source.assertCancelled();
    }

    /** Netty adds to composites that it finds, while others read. */
    @Test
    void nobodyGetsACompositeItself() {
        CompositeByteBuf composite = buffers.compositeBuffer()
                .addComponent(true, buffers.of((byte) 1))
                .addComponent(true, buffers.of((byte) 2));
        Flux<Lease> shared =
                Flux.<ByteBuf>just(composite).transform(Leases.adopt()).transform(ByteFlux.multicast(2));
        TestSubscriber<Lease> first = subscribe(shared, 10);
        TestSubscriber<Lease> last = subscribe(shared, 10);
        for (TestSubscriber<Lease> subscriber : List.of(first, last)) {
            assertThat(subscriber.getReceivedOnNext())
                    .singleElement()
                    .matches(lease -> !(lease.buffer() instanceof CompositeByteBuf));
            closeReceived(subscriber);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theIndicesOfALenderStay(boolean unreleasable) {
        ByteBuf memory = buffers.of((byte) 1, (byte) 2);
        ByteBuf lent = unreleasable ? Unpooled.unreleasableBuffer(memory) : memory;
        Flux<Lease> shared = Flux.just(lent, lent).transform(Leases.own()).transform(ByteFlux.multicast(2));
        List<Integer> read = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            shared.subscribe(lease -> {
                read.add(lease.buffer().readableBytes());
                lease.buffer().skipBytes(2);
                lease.close();
            });
        }
        assertThat(read).containsExactly(2, 2, 2, 2);
        memory.release();
    }

    @Test
    void aBufferThatSomebodyElseReleasedIsAnErrorForAll() {
        ByteBuf released = Unpooled.buffer(1);
        released.release();
        Flux<Lease> shared = Flux.just(released).transform(Leases.adopt()).transform(ByteFlux.multicast(1));
        StepVerifier.create(shared).verifyError(IllegalReferenceCountException.class);
    }

    @Test
    void aScopeThatEndsInTheMidstOfADeliveryIsAnErrorForAll() {
        LeaseScope scope = new LeaseScope(ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 100)));
        Flux<Lease> shared =
                Flux.defer(() -> Flux.just(scope.adopt(buffers.of((byte) 1)))).transform(ByteFlux.multicast(2));
        AtomicReference<Throwable> told = new AtomicReference<>();
        shared.subscribe(lease -> scope.end(), told::set);
        TestSubscriber<Lease> second = subscribe(shared, 10);
        assertThat(second.getReceivedOnNext()).isEmpty();
        assertThat(second.expectTerminalError()).hasMessageContaining("the scope has ended");
        assertThat(told.get()).hasMessageContaining("the scope has ended");
    }

    @Test
    void whoIsGoneBeforeItsTurnLeavesTheMemoryToTheOthers() {
        AtomicReference<Subscription> second = new AtomicReference<>();
        Flux<Lease> shared = leases(2).transform(ByteFlux.multicast(3));
        List<Lease> got = new ArrayList<>();
        shared.subscribe(lease -> {
            Objects.requireNonNull(second.get()).cancel();
            assertThat(lease.buffer().refCnt()).isEqualTo(1); // one for all
            lease.close();
        });
        TestSubscriber<Lease> gone = subscribe(shared.doOnSubscribe(second::set), 10);
        shared.subscribe(got::add);
        assertThat(gone.getReceivedOnNext()).isEmpty();
        assertThat(got).hasSize(2);
        assertThat(buffers.open()).isEqualTo(2);
        got.forEach(Lease::close);
    }

    @Test
    void moreSubscribersThanOneReferenceCanHaveEachGetAllToo() {
        int many = SharedReference.SEATS + 1;
        for (int subscribers = many - 1; subscribers <= many; subscribers++) {
            Flux<Lease> shared = leases(2).transform(ByteFlux.multicast(subscribers));
            List<TestSubscriber<Lease>> all = new ArrayList<>();
            for (int i = 0; i < subscribers; i++) {
                all.add(subscribe(shared, 10));
            }
            for (TestSubscriber<Lease> subscriber : all) {
                assertThat(values(subscriber)).containsExactly(0, 1);
                assertThat(buffers.open()).isEqualTo(2);
                closeReceived(subscriber);
            }
            assertThat(buffers.open()).isZero();
        }
    }

    @Test
    void badNumbersAreRefusedAtAssembly() {
        assertThatThrownBy(() -> ByteFlux.multicast(0)).hasMessage("subscribers must be > 0: subscribers=0");
        assertThatThrownBy(() -> ByteFlux.bufferBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ByteFlux.limitRateBytes(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
