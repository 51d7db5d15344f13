package io.forebay.reactor;

import io.forebay.reactor.LeakRun.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.util.concurrent.Queues;

/**
 * Every scenario, with one and with two references to each buffer, before a plain subscriber, a conditional one and a
 * publishOn whose scheduler is parked, or behind such a one, through every end and the races between them, with few
 * elements requested and with all: each reference is released exactly once, by whoever has it, with no hooks set, and
 * afterwards memory, budgets and those who waited for them are all at zero. The sources go on after a cancel, and pay no heed
 * to demand.
 */
class LeakMatrixTest {
    private static final int ROUNDS = 200;

    static Stream<Cell> cells() {
        return Scenario.all()
                .flatMap(scenario -> scenario.tails().stream()
                        .flatMap(tail -> Stream.of(1, 2).map(references -> new Cell(scenario, tail, references))));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void complete(Cell cell) {
        try (LeakRun run = LeakRun.subscribed(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            run.assertEnds();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void errorUpstreamAfterEachElement(Cell cell) {
        for (int elements = 0; elements <= cell.scenario().input().size(); elements++) {
            try (LeakRun run = LeakRun.subscribed(cell, 1)) {
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
        try (LeakRun run = LeakRun.subscribed(cell, requests)) {
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
        try (LeakRun run = LeakRun.subscribed(cell, Long.MAX_VALUE)) {
            run.sendAll();
            run.source.complete();
            run.assertEnds();
            run.subscriber.cancel();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void elementsAfterTheEnd(Cell cell) {
        try (LeakRun run = LeakRun.subscribed(cell, Long.MAX_VALUE)) {
            run.send(1);
            run.source.complete();
            run.send(2);
            run.assertEnds();
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void completeBeforeAnythingIsRequested(Cell cell) {
        try (LeakRun run = LeakRun.subscribed(cell, 0)) {
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
            try (LeakRun run = new LeakRun(cell, 0)) {
                List<Object> received = new ArrayList<>();
                int last = element;
                run.use(run.asRequested(offersFusion)).subscribe(new BaseSubscriber<Object>() {
                    @Override
                    protected void hookOnNext(Object next) {
                        received.add(next);
                        if (received.size() == last) {
                            cancel();
                        }
                        run.received(next);
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
            try (LeakRun run = new LeakRun(cell, 0)) {
                List<Object> received = new ArrayList<>();
                int last = element;
                run.use(run.asRequested(offersFusion))
                        .map(next -> {
                            received.add(next);
                            run.received(next);
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
        race(cell, 3, 1, (run, round) -> List.of(run.subscriber::cancel, () -> run.send(1)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingComplete(Cell cell) {
        race(cell, 1, 2, (run, round) -> List.of(run.subscriber::cancel, run.source::complete));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingError(Cell cell) {
        race(cell, 1, 2, (run, round) -> List.of(run.subscriber::cancel, run::error));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequest(Cell cell) {
        race(cell, 0, 2, (run, round) -> List.of(run.subscriber::cancel, () -> run.subscriber.request(round.orAll(2))));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequestAndOnNext(Cell cell) {
        race(
                cell,
                0,
                1,
                (run, round) -> List.of(
                        run.subscriber::cancel, () -> run.subscriber.request(round.orAll(3)), () -> run.send(2)));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cancelRacingRequestsOfASourceThatOffersFusion(Cell cell) {
        rounds(round -> {
            try (LeakRun run = new LeakRun(cell, 0, round.prefetch())) {
                run.use(run.asRequested(/* offersFusion= */ true)).subscribe(run.subscriber);
                race(
                        run,
                        round,
                        run.subscriber::cancel,
                        () -> run.subscriber.request(1),
                        () -> run.subscriber.request(round.orAll(3)));
            }
        });
    }

    /** What goes by turns, each with each. */
    private record Round(boolean runsParked, boolean wantsAll) {
        static Round of(int number) {
            return new Round(number % 2 == 0, number % 4 < 2);
        }

        /** What is requested: so many, or all. */
        long orAll(long few) {
            return wantsAll ? Long.MAX_VALUE : few;
        }

        /** What a publishOn requests, all if it is as large as can be. */
        int prefetch() {
            return wantsAll ? Integer.MAX_VALUE : Queues.SMALL_BUFFER_SIZE;
        }
    }

    private static void rounds(Consumer<Round> body) {
        for (int number = 0; number < ROUNDS; number++) {
            body.accept(Round.of(number));
        }
    }

    private interface Racers {
        List<Runnable> of(LeakRun run, Round round);
    }

    /** @param requested before, if it is not 0, or all */
    private static void race(Cell cell, long requested, int sentBefore, Racers racers) {
        rounds(round -> {
            long before = requested == 0 ? 0 : round.orAll(requested);
            try (LeakRun run = LeakRun.subscribed(cell, before, round.prefetch())) {
                run.send(sentBefore);
                race(run, round, racers.of(run, round).toArray(new Runnable[0]));
            }
        });
    }

    private static void race(LeakRun run, Round round, Runnable... racers) {
        List<Runnable> racing = new ArrayList<>(List.of(racers));
        if (run.cell.parks() && round.runsParked()) { // or else not before the race is over
            racing.add(run.parked::runAll);
        }
        Patience.race(racing.toArray(new Runnable[0]));
    }
}
