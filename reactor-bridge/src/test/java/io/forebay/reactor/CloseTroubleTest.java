package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.test.publisher.TestPublisher;
import reactor.util.context.Context;
import reactor.util.function.Tuples;

/**
 * Leases that cannot be closed, as somebody else has released their memory: they keep no other one open, and somebody is
 * told of the first, with the others.
 */
class CloseTroubleTest {
    private final Buffers buffers = new Buffers();
    private final List<ByteBuf> lost = new ArrayList<>();
    private final TestPublisher<Lease> source = TestPublisher.createNoncompliant(
            TestPublisher.Violation.DEFER_CANCELLATION,
            TestPublisher.Violation.REQUEST_OVERFLOW,
            TestPublisher.Violation.CLEANUP_ON_TERMINATE); // elements may come after the end
    private final Told told = new Told();

    @AfterEach
    void nothingLeaked() {
        buffers.close();
    }

    /** Wants nothing, and notes what it is told and what is dropped. */
    private static final class Told implements CoreSubscriber<Object> {
        private final List<Throwable> errors = new ArrayList<>();
        private final List<Throwable> dropped = new ArrayList<>();
        private boolean completed;
        private Subscription subscription = Operators.emptySubscription();

        @Override
        public Context currentContext() {
            Consumer<Throwable> drop = dropped::add;
            return Context.of("reactor.onErrorDropped.local", drop);
        }

        @Override
        public void onSubscribe(Subscription s) {
            subscription = s;
        }

        @Override
        public void onNext(Object element) {
            Throwable unused = Failures.close(() -> release(element), /* before= */ null);
        }

        @Override
        public void onError(Throwable failure) {
            errors.add(failure);
        }

        @Override
        public void onComplete() {
            completed = true;
        }
    }

    private static void release(Object element) {
        if (element instanceof ByteBuf buffer) {
            buffer.release();
        } else {
            Discards.closeWithin(element);
        }
    }

    /** Whose memory is gone after {@link #lose}. */
    private Lease losing() {
        ByteBuf buffer = Unpooled.buffer(2).writeByte('a').writeByte('b');
        lost.add(buffer);
        return Lease.adopt(buffer);
    }

    private void lose() {
        lost.stream().filter(buffer -> buffer.refCnt() > 0).forEach(ByteBuf::release);
    }

    private Lease good() {
        return buffers.lease((byte) 'a', (byte) 'b');
    }

    /** So that there is one that cannot be closed before, between and behind others. */
    private void sendMixed() {
        source.next(losing(), good(), good(), losing(), good());
        lose();
    }

    private static boolean isOfClosing(Throwable failure) {
        return failure instanceof IllegalReferenceCountException;
    }

    interface End {
        void of(CloseTroubleTest test);
    }

    private static Stream<Arguments> end(Operator operator, String name, End end) {
        return Stream.of(Arguments.of(operator, name, end));
    }

    static Stream<Arguments> ends() {
        return Operator.all()
                .flatMap(operator -> Stream.of(
                                end(operator, "cancel", test -> test.told.subscription.cancel()),
                                end(operator, "error", test -> test.source.error(new IllegalStateException("boom"))),
                                end(operator, "bad request, then cancel", test -> {
                                    test.told.subscription.request(-1);
                                    test.told.subscription.cancel(); // some of Reactor's pay no heed to the request
                                }),
                                end(operator, "complete, then cancel", test -> {
                                    test.source.complete();
                                    test.told.subscription.cancel();
                                }),
                                end(operator, "all wanted, then complete", test -> {
                                    test.told.subscription.request(Long.MAX_VALUE);
                                    test.source.complete();
                                }))
                        .flatMap(end -> end));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("ends")
    void anOperatorClosesTheOthersAndWhatStillComes(Operator operator, String name, End end) {
        operator.use().apply(source.flux()).cast(Object.class).subscribe(told);
        sendMixed();
        end.of(this);
        assertThat(buffers.open()).as(name).isZero();
        source.next(good()); // the worker's place is free, or this would be left
        assertThat(buffers.open()).as(name).isZero();
    }

    @Test
    void anErrorIsToldWithIt() {
        source.flux()
                .transform(ByteFlux.rechunk(100_000))
                .cast(Object.class)
                .subscribe(told); // keeps them: too large to copy
        sendMixed();
        source.error(new IllegalStateException("boom"));
        assertThat(told.errors)
                .singleElement()
                .satisfies(error -> assertThat(error).hasMessage("boom"));
        assertThat(told.errors.get(0).getSuppressed())
                .singleElement()
                .matches(CloseTroubleTest::isOfClosing)
                .satisfies(first ->
                        assertThat(first.getSuppressed()).singleElement().matches(CloseTroubleTest::isOfClosing));
        assertThat(told.dropped).isEmpty();
    }

    @Test
    void whoCancelsIsToldNothingItIsDropped() {
        source.flux().transform(ByteFlux.bufferBytes(100)).cast(Object.class).subscribe(told);
        sendMixed();
        told.subscription.cancel();
        assertThat(told.errors).isEmpty();
        assertThat(told.dropped).singleElement().matches(CloseTroubleTest::isOfClosing);
        assertThat(told.dropped.get(0).getSuppressed()).hasSize(1).allMatch(CloseTroubleTest::isOfClosing);
    }

    @Test
    void anEndThatLeavesSomethingOverIsAnError() {
        source.flux().transform(ByteFlux.takeBytes(2)).cast(Object.class).subscribe(told);
        source.next(good(), losing(), good());
        lose();
        told.subscription.request(1);
        assertThat(told.completed).isFalse();
        assertThat(told.errors).singleElement().matches(CloseTroubleTest::isOfClosing);
        source.assertCancelled();
    }

    @Test
    void whatComesAfterTheEndIsDropped() {
        source.flux().transform(ByteFlux.takeBytes(0)).cast(Object.class).subscribe(told);
        assertThat(told.completed).isTrue();
        Lease late = losing();
        lose();
        source.next(late);
        assertThat(told.dropped).singleElement().matches(CloseTroubleTest::isOfClosing);
    }

    @Test
    void aSubscriberThatThrowsLeavesNothingOpen() {
        source.flux().transform(ByteFlux.rechunk(2)).subscribe(new CoreSubscriber<>() {
            @Override
            public void onSubscribe(Subscription s) {
                told.subscription = s;
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
        source.next(good(), losing(), good());
        lose();
        assertThatThrownBy(() -> told.subscription.request(1))
                .hasMessage("boom")
                .satisfies(thrown ->
                        assertThat(thrown.getSuppressed()).hasSize(1).allMatch(CloseTroubleTest::isOfClosing));
        assertThat(buffers.open()).isZero();
        source.next(good());
    }

    @Test
    void aSinkThatIsCancelled() {
        LeaseSink sink = sinkWithMixed();
        sink.asFlux().subscribe(told);
        told.subscription.cancel();
        assertThat(told.dropped).singleElement().matches(CloseTroubleTest::isOfClosing);
        assertThat(sink.waitingBytes()).isZero();
    }

    @Test
    void aSinkThatIsDisposedOf() {
        LeaseSink sink = sinkWithMixed();
        sink.asFlux().subscribe(told);
        sink.dispose();
        assertThat(told.errors).singleElement().isInstanceOf(CancellationException.class);
        assertThat(told.errors.get(0).getSuppressed()).hasSize(2).allMatch(CloseTroubleTest::isOfClosing);
        assertThat(sink.waitingBytes()).isZero();
    }

    @Test
    void aSinkWhoseSubscriberBreaksTheRules() {
        LeaseSink sink = sinkWithMixed();
        sink.asFlux().subscribe(told);
        told.subscription.request(0);
        assertThat(told.errors).singleElement().isInstanceOf(IllegalArgumentException.class);
        assertThat(told.errors.get(0).getSuppressed()).hasSize(2).allMatch(CloseTroubleTest::isOfClosing);
        assertThat(sink.waitingBytes()).isZero();
    }

    private LeaseSink sinkWithMixed() {
        LeaseSink sink = LeaseSinks.unicast(100);
        for (Lease lease : List.of(losing(), good(), losing(), good())) {
            sink.tryEmitNext(lease).orThrow();
        }
        lose();
        return sink;
    }

    @Test
    void ofAMulticastAllAreToldAndTheSourceIsNot() {
        Flux<Object> shared = source.flux().transform(ByteFlux.multicast(2)).cast(Object.class);
        Told other = new Told();
        shared.subscribe(told);
        shared.subscribe(other);
        told.subscription.request(1);
        sendMixed();
        other.subscription.request(1); // now the first, whose memory is gone, is to be delivered
        assertThat(told.errors).singleElement().matches(CloseTroubleTest::isOfClosing);
        assertThat(other.errors).containsExactlyElementsOf(told.errors);
        source.assertCancelled();
        assertThat(buffers.open()).isZero();
        source.next(good());
    }

    @Test
    void aReadClosesItsStreamToo() {
        ParkedScheduler parked = new ParkedScheduler();
        AtomicInteger closes = new AtomicInteger();
        InputStream stream = new ByteArrayInputStream(new byte[1]) {
            @Override
            public void close() {
                closes.incrementAndGet();
            }
        };
        TestPublisher<Lease> grants = TestPublisher.create();
        ByteStreams.read(() -> stream, bytes -> grants.mono(), 10, parked)
                .cast(Object.class)
                .subscribe(told);
        told.subscription.request(1);
        parked.runAll();
        grants.next(losing()); // it waits for the worker
        lose();
        told.subscription.cancel();
        assertThat(told.dropped).singleElement().matches(CloseTroubleTest::isOfClosing);
        parked.runAll();
        assertThat(closes).hasValue(1);
    }

    @Test
    void aScopeWhoseFunctionThrows() {
        ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 10));
        pool.scoped(scope -> {
                    for (Lease each : List.of(losing(), good(), losing(), good())) {
                        Lease unused = scope.adopt(each.detach());
                    }
                    lose();
                    throw new IllegalStateException("boom");
                })
                .subscribe(told);
        assertThat(told.errors)
                .singleElement()
                .satisfies(error -> assertThat(error).hasMessage("boom"));
        assertThat(told.errors.get(0).getSuppressed()).hasSize(1).allMatch(CloseTroubleTest::isOfClosing);
        assertThat(told.errors.get(0).getSuppressed()[0].getSuppressed()).hasSize(1);
        assertThat(buffers.open()).isZero();
    }

    @Test
    void whatWrapsADiscardedOneHasItsOthersClosed() {
        Map<Lease, Object> map = new LinkedHashMap<>();
        map.put(losing(), Optional.of(good()));
        map.put(good(), Tuples.of(1, losing(), good()));
        lose();
        assertThatThrownBy(() -> Discards.closeWithin(Arrays.asList(map, null, good())))
                .matches(CloseTroubleTest::isOfClosing)
                .satisfies(thrown ->
                        assertThat(thrown.getSuppressed()).hasSize(1).allMatch(CloseTroubleTest::isOfClosing));
        assertThat(buffers.open()).isZero();
    }

    @Test
    void joiningOnesOfWhichOneIsClosedClosesTheOthers() {
        Lease closed = good();
        closed.close();
        List<Lease> leases = List.of(losing(), good(), losing(), closed, good());
        lose();
        assertThatThrownBy(() -> JoinedPieces.join(leases)).isInstanceOf(IllegalStateException.class);
        assertThat(buffers.open()).isZero();
    }
}
