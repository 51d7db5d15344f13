package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.test.util.RaceTestUtils;

/**
 * Every operator, with one and with two references to each buffer, before a plain and a conditional subscriber, through
 * every end and the races between them: each reference is released exactly once, with no hooks set. The sources go on after
 * a cancel, and pay no heed to demand.
 */
class LeakMatrixTest {
    private static final int ROUNDS = 50;

    enum Tail {
        PLAIN,
        CONDITIONAL;

        Flux<?> after(Flux<?> flux) {
            return this == PLAIN ? flux : flux.filter(element -> true);
        }
    }

    record Cell(Operator operator, Tail tail, int references) {
        @Override
        public String toString() {
            return operator + ", " + tail + ", references=" + references;
        }
    }

    static Stream<Cell> cells() {
        return Operator.all()
                .flatMap(operator -> Stream.of(Tail.values())
                        .flatMap(tail -> Stream.of(1, 2).map(references -> new Cell(operator, tail, references))));
    }

    /** One subscription: closing it closes what the subscriber got, and checks that nothing else is open. */
    private static final class Run implements AutoCloseable {
        private final List<byte[]> input;
        private final Buffers buffers;
        private final TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.DEFER_CANCELLATION,
                TestPublisher.Violation.REQUEST_OVERFLOW,
                TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        private final Recorder subscriber;
        private int sent;

        Run(Cell cell, long initialRequest) {
            input = cell.operator().input();
            buffers = new Buffers(cell.references());
            subscriber = new Recorder(initialRequest);
            cell.tail()
                    .after(cell.operator().use().apply(source.flux()))
                    .cast(Object.class)
                    .subscribe(subscriber);
        }

        void send(int elements) {
            for (int i = 0; i < elements; i++) {
                source.next(buffers.lease(input.get(sent % input.size())));
                sent++;
            }
        }

        void sendAll() {
            send(input.size());
        }

        @Override
        public void close() {
            subscriber.close();
            buffers.close();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void complete(Cell cell) {
        try (Run run = new Run(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            assertThat(run.subscriber.isTerminated()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void errorUpstreamAfterEachElement(Cell cell) {
        for (int elements = 0; elements <= cell.operator().input().size(); elements++) {
            try (Run run = new Run(cell, 1)) {
                run.send(elements);
                run.source.error(new IllegalStateException("boom"));
                assertThat(run.subscriber.isTerminated()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelAfterEachElementAndNumberOfRequests(Cell cell) {
        for (int elements = 0; elements <= cell.operator().input().size(); elements++) {
            for (int requests = 0; requests < 4; requests++) {
                try (Run run = new Run(cell, requests)) {
                    run.send(elements);
                    run.subscriber.cancel();
                    run.send(2); // it does not listen
                    run.source.complete();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelAfterTheEnd(Cell cell) {
        try (Run run = new Run(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            run.subscriber.cancel();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void elementsAfterTheEnd(Cell cell) {
        try (Run run = new Run(cell, Long.MAX_VALUE)) {
            run.send(1);
            run.source.complete();
            run.send(2);
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void completeBeforeAnythingIsRequested(Cell cell) {
        try (Run run = new Run(cell, 0)) {
            run.sendAll();
            run.source.complete();
            run.subscriber.request(1);
            run.subscriber.request(Long.MAX_VALUE);
            assertThat(run.subscriber.isTerminated()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelWithinOnNext(Cell cell) {
        try (Buffers buffers = new Buffers(cell.references())) {
            Flux<Lease> source = Flux.fromIterable(cell.operator().input()).map(buffers::lease);
            cell.tail().after(cell.operator().use().apply(source)).subscribe(new BaseSubscriber<Object>() {
                @Override
                protected void hookOnNext(Object element) {
                    cancel();
                    Recorder.release(element);
                }

                @Override
                protected void hookOnError(Throwable failure) {}
            });
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void anErrorOfTheNextOperator(Cell cell) {
        try (Buffers buffers = new Buffers(cell.references())) {
            Flux<Lease> source = Flux.fromIterable(cell.operator().input()).map(buffers::lease);
            cell.tail()
                    .after(cell.operator().use().apply(source))
                    .map(element -> {
                        Recorder.release(element);
                        throw new IllegalStateException("boom");
                    })
                    .onErrorComplete()
                    .blockLast();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingOnNext(Cell cell) {
        race(cell, 3, 1, run -> List.of(run.subscriber::cancel, () -> run.send(1)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingComplete(Cell cell) {
        race(cell, 1, 2, run -> List.of(run.subscriber::cancel, run.source::complete));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingError(Cell cell) {
        race(
                cell,
                1,
                2,
                run -> List.of(run.subscriber::cancel, () -> run.source.error(new IllegalStateException("boom"))));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequest(Cell cell) {
        race(cell, 0, 2, run -> List.of(run.subscriber::cancel, () -> run.subscriber.request(2)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequestAndOnNext(Cell cell) {
        race(cell, 0, 1, run -> List.of(run.subscriber::cancel, () -> run.subscriber.request(3), () -> run.send(2)));
    }

    private interface Racers {
        List<Runnable> of(Run run);
    }

    private static void race(Cell cell, long requested, int sentBefore, Racers racers) {
        for (int round = 0; round < ROUNDS; round++) {
            try (Run run = new Run(cell, requested)) {
                run.send(sentBefore);
                RaceTestUtils.race(racers.of(run).toArray(new Runnable[0]));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aScopeClosesWhatAParkedPublishOnHolds(Cell cell) {
        if (cell.operator().name().startsWith("detach")) {
            return; // what is detached is the subscriber's, wherever it is
        }
        for (int sent = 0; sent <= cell.operator().input().size(); sent++) {
            int elements = sent;
            Buffers buffers = new Buffers(cell.references());
            ParkedScheduler parked = new ParkedScheduler();
            TestPublisher<byte[]> source = TestPublisher.create();
            List<Object> received = new ArrayList<>();
            ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, MemoryBudget.create("test", 1000));
            var subscription = pool.<Object>scoped(scope -> cell.tail()
                            .after(cell.operator()
                                    .use()
                                    .apply(source.flux().map(bytes -> scope.adopt(buffers.of(bytes)))))
                            .publishOn(parked))
                    .subscribe(received::add, failure -> {});
            for (int i = 0; i < elements; i++) {
                source.next(cell.operator().input().get(i));
            }
            subscription.dispose();
            parked.runAll();
            assertThat(received).isEmpty();
            buffers.close();
        }
    }
}
