package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A cancel on another thread reaches the source before it returns, whatever the subscriber's worker is in the middle of: a
 * request that may take long, or an onNext.
 */
class CancelTest {
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("test", 1000);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);
    private final Source source = new Source();
    private final List<Boolean> cancelledAtOnce = new ArrayList<>();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.waiting()).isZero();
    }

    /** Does something within each request. */
    private static final class Source extends Flux<Lease> implements Subscription {
        private final List<CoreSubscriber<? super Lease>> subscribers = new ArrayList<>();
        private final AtomicInteger cancels = new AtomicInteger();
        private Consumer<CoreSubscriber<? super Lease>> answer = subscriber -> {};

        @Override
        public void subscribe(CoreSubscriber<? super Lease> subscriber) {
            subscribers.add(subscriber);
            subscriber.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            answer.accept(subscribers.get(0));
        }

        @Override
        public void cancel() {
            cancels.incrementAndGet();
        }
    }

    static Stream<Operator> operators() {
        return Operator.all().filter(operator -> !operator.name().endsWith(" and stays")); // who stays keeps the source
    }

    private void cancelElsewhere(Runnable cancel) {
        Thread thread = new Thread(cancel);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        cancelledAtOnce.add(source.cancels.get() > 0);
    }

    @ParameterizedTest
    @MethodSource("operators")
    void whileARequestHasNotReturned(Operator operator) {
        for (long requested : new long[] {1, Long.MAX_VALUE}) {
            Recorder subscriber = new Recorder(requested);
            source.subscribers.clear();
            source.cancels.set(0);
            source.answer = above -> cancelElsewhere(subscriber::cancel);
            operator.use().apply(source).cast(Object.class).subscribe(subscriber);
            subscriber.close();
        }
        assertThat(cancelledAtOnce).doesNotContain(false); // one that cannot be written to requests nothing
        assertThat(source.cancels).hasPositiveValue();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void withinOnNext(Operator operator) {
        BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Object element) {
                cancelElsewhere(this::cancel);
                Recorder.release(element);
            }

            @Override
            protected void hookOnError(Throwable failure) {}
        };
        operator.use().apply(source).cast(Object.class).subscribe(subscriber);
        operator.input().forEach(bytes -> source.subscribers.get(0).onNext(buffers.lease(bytes)));
        subscriber.cancel();
        assertThat(cancelledAtOnce).doesNotContain(false); // some emit nothing before the source's end
        assertThat(source.cancels).hasPositiveValue();
    }

    @Test
    void ofTheLastSubscriberOfAMulticastWhileARequestHasNotReturned() {
        Flux<Object> shared = source.transform(ByteFlux.multicast(3)).cast(Object.class);
        List<Recorder> subscribers = List.of(new Recorder(1), new Recorder(1), new Recorder(1));
        source.answer = above -> subscribers.forEach(subscriber -> cancelElsewhere(subscriber::cancel));
        subscribers.forEach(shared::subscribe);
        assertThat(cancelledAtOnce).containsExactly(false, false, true);
        subscribers.forEach(Recorder::close);
    }

    @Test
    void ofTheLastSubscriberOfAMulticastWhereAnotherBrokeTheRules() {
        Flux<Object> shared = source.transform(ByteFlux.multicast(2)).cast(Object.class);
        Recorder breaking = new Recorder(1);
        Recorder subscriber = new Recorder(1);
        source.answer = above -> {
            cancelElsewhere(() -> breaking.request(-1));
            cancelElsewhere(subscriber::cancel);
        };
        shared.subscribe(breaking);
        shared.subscribe(subscriber);
        assertThat(cancelledAtOnce).containsExactly(false, true);
        assertThat(breaking.isTerminated()).isTrue();
        breaking.close();
        subscriber.close();
    }

    @Test
    void ofAStreamWhileARequestHasNotReturned() throws IOException {
        InputStream stream = source.as(ByteStreams.toInputStream(0));
        source.answer = above -> cancelElsewhere(() -> close(stream));
        assertThatThrownBy(stream::read).hasMessage("the stream is closed");
        assertThat(cancelledAtOnce).containsExactly(true);
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void ofAReadWhileItsRequestForABufferHasNotReturned() {
        Recorder subscriber = new Recorder(1);
        source.answer = above -> cancelElsewhere(subscriber::cancel);
        ByteStreams.read(InputStream::nullInputStream, bytes -> Mono.from(source), 10, Schedulers.immediate())
                .cast(Object.class)
                .subscribe(subscriber);
        assertThat(cancelledAtOnce).containsExactly(true);
        subscriber.close();
    }

    @Test
    void ofAScopeWhileARequestHasNotReturned() {
        Recorder subscriber = new Recorder(1);
        source.answer = above -> cancelElsewhere(subscriber::cancel);
        pool.scoped(scope -> source).cast(Object.class).subscribe(subscriber);
        assertThat(cancelledAtOnce).containsExactly(true);
        subscriber.close();
    }
}
