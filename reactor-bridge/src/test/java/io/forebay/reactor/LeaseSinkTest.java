package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

class LeaseSinkTest {
    private final Buffers buffers = new Buffers();
    private final LeaseSink sink = LeaseSinks.unicast(4);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    private Lease lease(int bytes) {
        return buffers.lease(new byte[bytes]);
    }

    private TestSubscriber<Lease> subscribe(long initialRequest) {
        TestSubscriber<Lease> subscriber =
                TestSubscriber.builder().initialRequest(initialRequest).build();
        sink.asFlux().subscribe(subscriber);
        return subscriber;
    }

    private static void closeReceived(TestSubscriber<Lease> subscriber) {
        subscriber.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void whatIsRefusedIsTheCallersStill() {
        assertThat(sink.tryEmitNext(lease(3))).isEqualTo(EmitResult.OK);
        Lease refused = lease(2);
        assertThat(sink.tryEmitNext(refused)).isEqualTo(EmitResult.FAIL_OVERFLOW);
        assertThat(refused.isDisposed()).isFalse();
        assertThat(sink.waitingBytes()).isEqualTo(3);
        refused.close();
        sink.dispose();
        assertThat(sink.waitingBytes()).isZero();
    }

    @Test
    void emitOrReleaseClosesWhatIsRefused() {
        Lease refused = lease(5);
        assertThat(sink.emitOrRelease(refused)).isEqualTo(EmitResult.FAIL_OVERFLOW);
        assertThat(refused.isDisposed()).isTrue();
        assertThat(sink.emitOrRelease(lease(4))).isEqualTo(EmitResult.OK);
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
        assertThat(sink.emitOrRelease(lease(1))).isEqualTo(EmitResult.FAIL_TERMINATED);
        closeReceived(subscribe(1));
    }

    @Test
    void anEmptyElementCountsAsOneByte() {
        for (int i = 0; i < 4; i++) {
            assertThat(sink.emitOrRelease(lease(0))).isEqualTo(EmitResult.OK);
        }
        assertThat(sink.emitOrRelease(lease(0))).isEqualTo(EmitResult.FAIL_OVERFLOW);
        sink.dispose();
    }

    @Test
    void whatWaitsComesWhenRequestedAndBeforeTheEnd() {
        sink.emitOrRelease(lease(1));
        sink.emitOrRelease(lease(2));
        TestSubscriber<Lease> subscriber = subscribe(1);
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.OK);
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.FAIL_TERMINATED);
        assertThat(sink.tryEmitError(new IllegalStateException())).isEqualTo(EmitResult.FAIL_TERMINATED);
        assertThat(subscriber.isTerminated()).isFalse();
        subscriber.request(1);
        assertThat(subscriber.getReceivedOnNext()).hasSize(2);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(sink.isDisposed()).isTrue();
        closeReceived(subscriber);
    }

    @Test
    void anErrorComesAfterWhatWaits() {
        sink.emitOrRelease(lease(1));
        sink.tryEmitError(new IllegalStateException("boom"));
        TestSubscriber<Lease> subscriber = subscribe(0);
        assertThat(subscriber.isTerminated()).isFalse();
        subscriber.request(1);
        assertThat(subscriber.expectTerminalError()).hasMessage("boom");
        closeReceived(subscriber);
    }

    @Test
    void anEndNeedsNoRequest() {
        sink.tryEmitComplete();
        assertThat(subscribe(0).isTerminatedComplete()).isTrue();
    }

    @Test
    void roomComesBackAsElementsGo() {
        TestSubscriber<Lease> subscriber = subscribe(0);
        assertThat(sink.emitOrRelease(lease(4))).isEqualTo(EmitResult.OK);
        assertThat(sink.emitOrRelease(lease(1))).isEqualTo(EmitResult.FAIL_OVERFLOW);
        subscriber.request(1);
        assertThat(sink.emitOrRelease(lease(4))).isEqualTo(EmitResult.OK);
        closeReceived(subscriber);
        subscriber.cancel();
    }

    @Test
    void aCancelClosesWhatWaitsAndRefusesWhatComes() {
        TestSubscriber<Lease> subscriber = subscribe(0);
        sink.emitOrRelease(lease(2));
        subscriber.cancel();
        assertThat(buffers.open()).isZero();
        Lease late = lease(1);
        assertThat(sink.tryEmitNext(late)).isEqualTo(EmitResult.FAIL_CANCELLED);
        assertThat(sink.tryEmitComplete()).isEqualTo(EmitResult.FAIL_CANCELLED);
        late.close();
    }

    @Test
    void disposingOfItClosesWhatWaitsAndTellsWhoIsOrComes() {
        sink.emitOrRelease(lease(2));
        sink.dispose();
        assertThat(buffers.open()).isZero();
        assertThat(sink.emitOrRelease(lease(1))).isEqualTo(EmitResult.FAIL_CANCELLED);
        StepVerifier.create(sink.asFlux()).verifyError(CancellationException.class);

        LeaseSink other = LeaseSinks.unicast(4);
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        other.asFlux().subscribe(subscriber);
        other.dispose();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(CancellationException.class);
    }

    @Test
    void aSecondSubscriberIsRefused() {
        TestSubscriber<Lease> first = subscribe(1);
        StepVerifier.create(sink.asFlux()).verifyErrorMessage("the sink has a subscriber (subscribed twice?)");
        sink.emitOrRelease(lease(1));
        closeReceived(first);
    }

    @Test
    void aClosedLeaseAndABadLimitAreRefused() {
        Lease closed = lease(1);
        closed.close();
        assertThatThrownBy(() -> sink.tryEmitNext(closed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> LeaseSinks.unicast(0)).hasMessage("maxBytes must be > 0: maxBytes=0");
        assertThat(sink).hasToString("sink with 0 bytes waiting");
    }

    @Test
    void aRequestBelowOneFailsByTheRulesAndClosesWhatWaits() {
        TestSubscriber<Lease> subscriber = subscribe(0);
        sink.emitOrRelease(lease(1));
        Subscription subscription = (Subscription) Scannable.from(sink.asFlux());
        subscription.request(0);
        assertThat(subscriber.expectTerminalError()).isInstanceOf(IllegalArgumentException.class);
        assertThat(sink.emitOrRelease(lease(1))).isEqualTo(EmitResult.FAIL_CANCELLED);
    }

    @Test
    void emittingWithinOnNextDoesNotPileUpStack() {
        AtomicInteger received = new AtomicInteger();
        sink.asFlux().subscribe(lease -> {
            lease.close();
            if (received.incrementAndGet() < 100_000) {
                sink.emitOrRelease(lease(1));
            }
        });
        sink.emitOrRelease(lease(1));
        assertThat(received).hasValue(100_000);
    }

    @Test
    void aSubscriberThatThrowsHasItsElementAndTheRestIsClosed() {
        List<Lease> received = new ArrayList<>();
        sink.emitOrRelease(lease(1));
        sink.emitOrRelease(lease(1));
        assertThatThrownBy(() -> sink.asFlux().subscribe(new reactor.core.CoreSubscriber<>() {
                    @Override
                    public void onSubscribe(Subscription s) {
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
                }))
                .hasMessage("boom");
        assertThat(received).hasSize(1);
        assertThat(buffers.open()).isEqualTo(1);
        received.get(0).close();
    }

    @Test
    void whatWasTakenComesBeforeAnEndThatRacesWithIt() {
        for (int round = 0; round < 500; round++) {
            LeaseSink racing = LeaseSinks.unicast(1000);
            AtomicInteger taken = new AtomicInteger();
            TestSubscriber<Lease> subscriber = TestSubscriber.create();
            racing.asFlux().subscribe(subscriber);
            Runnable emit = () -> {
                for (int i = 0; i < 5; i++) {
                    if (racing.emitOrRelease(lease(1)).isSuccess()) {
                        taken.incrementAndGet();
                    }
                }
            };
            Patience.race(emit, emit, racing::tryEmitComplete);
            assertThat(subscriber.isTerminatedComplete()).isTrue();
            assertThat(subscriber.getReceivedOnNext()).hasSize(taken.get());
            closeReceived(subscriber);
            nothingLeaked();
        }
    }

    @Test
    void aCancelRacingEmittersClosesWhatIsNotReceived() {
        for (int round = 0; round < 500; round++) {
            LeaseSink racing = LeaseSinks.unicast(3);
            try (Buffers shared = new Buffers(/* references= */ 2);
                    Recorder subscriber = new Recorder(4)) {
                racing.asFlux().cast(Object.class).subscribe(subscriber);
                Runnable emit = () -> {
                    for (int i = 0; i < 5; i++) {
                        racing.emitOrRelease(shared.lease((byte) i));
                    }
                };
                Patience.race(emit, emit, subscriber::cancel);
            }
            assertThat(racing.waitingBytes()).isZero();
        }
    }

    @Test
    void aDisposalRacingASubscriberAndAnEmitterLeavesNothing() {
        for (int round = 0; round < 500; round++) {
            LeaseSink racing = LeaseSinks.unicast(3);
            try (Buffers shared = new Buffers();
                    Recorder subscriber = new Recorder(4)) {
                Patience.race(
                        () -> racing.emitOrRelease(shared.lease((byte) 1)),
                        racing::dispose,
                        () -> racing.asFlux().cast(Object.class).subscribe(subscriber));
                assertThat(subscriber.isTerminated()).isTrue();
            }
        }
    }

    @Test
    void cancelWithinOnNextClosesTheRest() {
        sink.emitOrRelease(lease(1));
        sink.emitOrRelease(lease(1));
        sink.asFlux().subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Lease lease) {
                cancel();
                lease.close();
            }
        });
        assertThat(buffers.open()).isZero();
    }
}
