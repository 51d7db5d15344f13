package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.subscriber.TestSubscriber;

/** A publisher that runs with a buffer: its subscription, from before there is one. */
class WithBufferTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 8);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    private Lease allThereIs() {
        return Objects.requireNonNull(pool.tryAcquire(8));
    }

    private static TestSubscriber<Object> asking(long requested) {
        return TestSubscriber.builder().initialRequest(requested).build();
    }

    /** Reactor's concatMap would not cancel it, now and then: reactor-core#4398. */
    @Test
    void aPublisherThatComesJustAsAllIsCancelledIsCancelledToo() {
        for (int round = 0; round < 5_000; round++) {
            AtomicInteger running = new AtomicInteger();
            Flux<Object> user =
                    Flux.never().doOnSubscribe(s -> running.incrementAndGet()).doOnCancel(running::decrementAndGet);
            Lease all = allThereIs();
            TestSubscriber<Object> subscriber = asking(1);
            pool.withBuffer(8, buffer -> user).subscribe(subscriber);
            Patience.race(all::close, subscriber::cancel);
            assertThat(running).hasValue(0);
            buffers.check();
        }
    }

    @Test
    void aPublisherWhoseOwnFunctionCancelsAllIsCancelled() {
        AtomicInteger running = new AtomicInteger();
        TestSubscriber<Object> subscriber = asking(1);
        pool.withBuffer(8, buffer -> {
                    subscriber.cancel();
                    return Flux.never()
                            .doOnSubscribe(s -> running.incrementAndGet())
                            .doOnCancel(running::decrementAndGet);
                })
                .subscribe(subscriber);
        assertThat(running).hasValue(0);
    }

    /** The publisher emits all of it within the request that the cancel comes out of. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEndlessPublisherIsLeftAtTheFirstElement(boolean waits) {
        Lease all = waits ? allThereIs() : null;
        AtomicInteger made = new AtomicInteger();
        AtomicInteger cancels = new AtomicInteger();
        List<Object> got = new ArrayList<>();
        pool.withBuffer(
                        8,
                        buffer -> Flux.<Object>generate(sink -> sink.next(made.incrementAndGet() + buffer.capacity()))
                                .doOnCancel(cancels::incrementAndGet))
                .take(1, /* limitRequest= */ false)
                .subscribe(got::add);
        if (all != null) {
            all.close();
        }
        assertThat(got).containsExactly(9);
        assertThat(made).hasValue(1);
        assertThat(cancels).hasValue(1);
    }

    @Test
    void aPublisherThatIsOutOfMemoryAsItEmitsIsCancelledAndTheSubscriberTold() {
        AtomicInteger open = new AtomicInteger();
        TestSubscriber<Object> subscriber = asking(Long.MAX_VALUE);
        pool.withBuffer(
                        8,
                        buffer -> Flux.using(
                                open::incrementAndGet,
                                opened -> Flux.range(0, 10).map(i -> {
                                    throw new OutOfMemoryError("none left");
                                }),
                                opened -> open.decrementAndGet()))
                .subscribe(subscriber);
        assertThat(subscriber.expectTerminalError()).hasMessage("none left");
        assertThat(open).hasValue(0);
    }

    @Test
    void whatIsRequestedWhileItWaitsIsThePublishersDemand() {
        Lease all = allThereIs();
        TestSubscriber<Object> subscriber = asking(2);
        pool.withBuffer(8, buffer -> Flux.range(0, 10).cast(Object.class)).subscribe(subscriber);
        subscriber.request(3);
        assertThat(budget.waiting()).isOne();
        all.close();
        assertThat(subscriber.getReceivedOnNext()).containsExactly(0, 1, 2, 3, 4);
        subscriber.request(1);
        assertThat(subscriber.getReceivedOnNext()).hasSize(6);
        subscriber.request(10);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void theBufferIsAskedForByTheFirstRequestAndOnce() {
        TestSubscriber<Object> subscriber = asking(0);
        pool.withBuffer(8, buffer -> Flux.range(0, 2).cast(Object.class)).subscribe(subscriber);
        assertThat(budget.used()).isZero();
        subscriber.request(1);
        assertThat(budget.used()).isEqualTo(8);
        subscriber.request(1);
        assertThat(budget.stats().requests()).isOne();
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void aRequestBelowOneIsAnErrorBeforeItWaitsAndWhileItDoes() {
        Recorder before = new Recorder(0);
        pool.withBuffer(8, buffer -> Flux.range(0, 3).cast(Object.class)).subscribe(before);
        before.request(0);
        assertThat(before.isTerminated()).isTrue();

        Lease all = allThereIs();
        Recorder waiting = new Recorder(1);
        pool.withBuffer(8, buffer -> Flux.range(0, 3).cast(Object.class)).subscribe(waiting);
        waiting.request(-1);
        assertThat(waiting.isTerminated()).isTrue();
        assertThat(budget.waiting()).isZero();
        all.close();
    }

    @Test
    void anErrorOfItsFunctionIsToldAndTheBufferReleased() {
        TestSubscriber<Object> subscriber = asking(1);
        pool.withBufferMono(8, buffer -> {
                    throw new IllegalStateException("boom");
                })
                .cast(Object.class)
                .subscribe(subscriber);
        assertThat(subscriber.expectTerminalError()).hasMessage("boom");
        assertThat(Mono.from(pool.withBufferMono(8, buffer -> Mono.just(buffer.capacity())))
                        .block())
                .isEqualTo(8);
    }
}
