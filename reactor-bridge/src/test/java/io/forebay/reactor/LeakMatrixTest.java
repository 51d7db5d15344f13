package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.test.util.RaceTestUtils;

/**
 * Every scenario, with one and with two references to each buffer, before a plain subscriber, a conditional one and a
 * publishOn whose scheduler is parked, through every end and the races between them: each reference is released exactly once,
 * by whoever has it, with no hooks set, and afterwards memory, budgets and those who waited for them are all at zero. The sources go on after a
 * cancel, and pay no heed to demand.
 */
class LeakMatrixTest {
    private static final int ROUNDS = 200;

    enum Tail {
        PLAIN,
        CONDITIONAL,
        /**
         * Within a scope: what such a publishOn holds when it is cancelled, Reactor loses. Before the operator, where what
         * comes out of that is nobody's scope's.
         */
        PARKED
    }

    record Cell(Scenario scenario, Tail tail, int references) {
        @Override
        public String toString() {
            return scenario + ", " + tail + ", references=" + references;
        }
    }

    static Stream<Cell> cells() {
        return Scenario.all()
                .flatMap(scenario -> Stream.of(Tail.values())
                        .flatMap(tail -> Stream.of(1, 2).map(references -> new Cell(scenario, tail, references))));
    }

    /** One subscription: closing it closes what the subscriber got, and checks that nothing else is open. */
    private static final class Run implements AutoCloseable {
        private final Cell cell;
        private final List<byte[]> input;
        private final Buffers buffers = new Buffers();
        private final MemoryBudget elements = MemoryBudget.create("elements", 1_000);
        private final MemoryBudget taken;
        private final ReactiveBufferPool pool;
        private final ParkedScheduler parked = new ParkedScheduler();
        private final Queue<ByteBuf> held = new ConcurrentLinkedQueue<>(); // the test's references
        private final TestPublisher<Lease> source = TestPublisher.createNoncompliant(
                TestPublisher.Violation.DEFER_CANCELLATION,
                TestPublisher.Violation.REQUEST_OVERFLOW,
                TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        private final Recorder subscriber;
        private volatile @Nullable LeaseScope scope;
        private int sent;

        Run(Cell cell, long initialRequest) {
            this.cell = cell;
            input = cell.scenario().input();
            taken = MemoryBudget.create("taken", cell.scenario().poolBytes());
            pool = ReactiveBufferPool.create(buffers, taken);
            subscriber = new Recorder(initialRequest);
        }

        /** Subscribed to the source that the test drives. */
        static Run subscribed(Cell cell, long initialRequest) {
            Run run = new Run(cell, initialRequest);
            run.use(run.source.flux()).subscribe(run.subscriber);
            return run;
        }

        /** All of the input, as it is requested, or polled where that is offered and taken up. */
        Flux<Lease> asRequested(boolean offersFusion) {
            Flux<Lease> source = Flux.fromIterable(input).map(content -> {
                Lease lease = lease(content);
                if (lease == null) {
                    throw new IllegalStateException("the scope has ended");
                }
                return lease;
            });
            return offersFusion ? source : source.hide();
        }

        Flux<Object> use(Flux<Lease> source) {
            return switch (cell.tail()) {
                case PLAIN -> use(source, Memory.of(pool));
                case CONDITIONAL -> use(source, Memory.of(pool)).filter(element -> true);
                case PARKED ->
                    pool.scoped(scope -> {
                        this.scope = scope;
                        return cell.scenario().leavesTheScope()
                                ? use(source.publishOn(parked), Memory.of(scope))
                                : use(source, Memory.of(scope)).publishOn(parked);
                    });
            };
        }

        private Flux<Object> use(Flux<Lease> source, Memory memory) {
            return cell.scenario().use().of(source, pool, memory).cast(Object.class);
        }

        /** None if the scope ends meanwhile. */
        private @Nullable Lease lease(byte[] content) {
            assertThat(elements.tryReserve(content.length)).isTrue();
            Lease lease = new LeaseSource(buffers, elements).take(content.length, /* scope= */ null);
            lease.buffer().writeBytes(content); // before the scope, which may end at any time, has it
            if (cell.references() == 2) {
                held.add(lease.buffer().retain());
            }
            LeaseScope scope = this.scope;
            try {
                return scope == null ? lease : scope.adopt(lease.detach());
            } catch (IllegalStateException ended) {
                return null;
            }
        }

        void send(int elements) {
            for (int i = 0; i < elements; i++) {
                Lease lease = lease(input.get(sent % input.size()));
                sent++;
                if (lease != null) {
                    source.next(lease);
                }
            }
        }

        void sendAll() {
            send(input.size());
        }

        void error() {
            source.error(new IllegalStateException("boom"));
        }

        /** Requests and releases until there is no more to come. */
        void assertEnds() {
            parked.runAll();
            for (int i = 0; i < 20 && !subscriber.isTerminated(); i++) {
                subscriber.request(10);
                if (cell.scenario().waits()) {
                    subscriber.close();
                }
                parked.runAll();
            }
            assertThat(subscriber.isTerminated()).isTrue();
        }

        @Override
        public void close() {
            parked.runAll();
            subscriber.close();
            for (ByteBuf buffer : held) {
                assertThat(buffer.refCnt()).as("the test's own reference").isEqualTo(1);
                buffer.release();
            }
            buffers.close();
            for (MemoryBudget budget : List.of(elements, taken)) {
                assertThat(budget.used()).isZero();
                assertThat(budget.waiting()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void complete(Cell cell) {
        try (Run run = Run.subscribed(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            run.assertEnds();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void errorUpstreamAfterEachElement(Cell cell) {
        for (int elements = 0; elements <= cell.scenario().input().size(); elements++) {
            try (Run run = Run.subscribed(cell, 1)) {
                run.send(elements);
                run.error();
                run.assertEnds();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelAfterEachElementAndNumberOfRequests(Cell cell) {
        for (int elements = 0; elements <= cell.scenario().input().size(); elements++) {
            for (int requests = 0; requests < 4; requests++) {
                for (boolean parks : new boolean[] {true, false}) {
                    cancelAfter(cell, elements, requests, parks);
                }
            }
        }
    }

    private static void cancelAfter(Cell cell, int elements, int requests, boolean parks) {
        try (Run run = Run.subscribed(cell, requests)) {
            run.send(elements);
            if (!parks) {
                run.parked.runAll();
            }
            run.subscriber.cancel();
            run.send(2); // it does not listen
            run.source.complete();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelAfterTheEnd(Cell cell) {
        try (Run run = Run.subscribed(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            run.assertEnds();
            run.subscriber.cancel();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void elementsAfterTheEnd(Cell cell) {
        try (Run run = Run.subscribed(cell, Long.MAX_VALUE)) {
            run.send(1);
            run.source.complete();
            run.send(2);
            run.assertEnds();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void completeBeforeAnythingIsRequested(Cell cell) {
        try (Run run = Run.subscribed(cell, 0)) {
            run.sendAll();
            run.source.complete();
            run.parked.runAll();
            run.subscriber.request(1);
            run.subscriber.request(Long.MAX_VALUE);
            run.subscriber.request(Long.MAX_VALUE);
            run.assertEnds();
        }
    }

    /** From the first to the last: until one is beyond what comes. */
    @ParameterizedTest
    @MethodSource("cells")
    void cancelWithinEachOnNext(Cell cell) {
        cancelWithinEachOnNext(cell, /* offersFusion= */ false);
        cancelWithinEachOnNext(cell, /* offersFusion= */ true);
    }

    private static void cancelWithinEachOnNext(Cell cell, boolean offersFusion) {
        boolean cancelled = true;
        for (int element = 1; cancelled; element++) {
            try (Run run = new Run(cell, 0)) {
                List<Object> received = new ArrayList<>();
                int last = element;
                run.use(run.asRequested(offersFusion)).subscribe(new BaseSubscriber<Object>() {
                    @Override
                    protected void hookOnNext(Object next) {
                        received.add(next);
                        if (received.size() == last) {
                            cancel();
                        }
                        run.subscriber.use(next);
                    }

                    @Override
                    protected void hookOnError(Throwable failure) {}
                });
                run.parked.runAll();
                cancelled = received.size() == last;
            }
        }
    }

    /** From the first to the last: until one is beyond what comes. */
    @ParameterizedTest
    @MethodSource("cells")
    void anErrorOfTheNextOperatorAtEachElement(Cell cell) {
        anErrorOfTheNextOperatorAtEachElement(cell, /* offersFusion= */ false);
        anErrorOfTheNextOperatorAtEachElement(cell, /* offersFusion= */ true);
    }

    private static void anErrorOfTheNextOperatorAtEachElement(Cell cell, boolean offersFusion) {
        boolean failed = true;
        for (int element = 1; failed; element++) {
            try (Run run = new Run(cell, 0)) {
                List<Object> received = new ArrayList<>();
                int last = element;
                run.use(run.asRequested(offersFusion))
                        .map(next -> {
                            received.add(next);
                            run.subscriber.use(next);
                            if (received.size() == last) {
                                throw new IllegalStateException("boom");
                            }
                            return next;
                        })
                        .onErrorComplete()
                        .subscribe();
                run.parked.runAll();
                failed = received.size() == last;
            }
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
        race(cell, 1, 2, run -> List.of(run.subscriber::cancel, run::error));
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

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequestsOfASourceThatOffersFusion(Cell cell) {
        for (int round = 0; round < ROUNDS; round++) {
            try (Run run = new Run(cell, 0)) {
                run.use(run.asRequested(/* offersFusion= */ true)).subscribe(run.subscriber);
                List<Runnable> racing = new ArrayList<>(List.of(
                        run.subscriber::cancel, () -> run.subscriber.request(1), () -> run.subscriber.request(3)));
                if (cell.tail() == Tail.PARKED && round % 2 == 0) {
                    racing.add(run.parked::runAll);
                }
                RaceTestUtils.race(racing.toArray(new Runnable[0]));
            }
        }
    }

    private interface Racers {
        List<Runnable> of(Run run);
    }

    private static void race(Cell cell, long requested, int sentBefore, Racers racers) {
        for (int round = 0; round < ROUNDS; round++) {
            try (Run run = Run.subscribed(cell, requested)) {
                run.send(sentBefore);
                List<Runnable> racing = new ArrayList<>(racers.of(run));
                if (cell.tail() == Tail.PARKED && round % 2 == 0) { // or else not before the race is over
                    racing.add(run.parked::runAll);
                }
                RaceTestUtils.race(racing.toArray(new Runnable[0]));
            }
        }
    }
}
