package io.forebay.reactor;

import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who is the worker, under Lincheck's model checker, which chooses the interleavings step by step. What must hold: one
 * thread works at a time, no signal is stranded, and each element is passed on or closed, once, however it ends. Where
 * all is wanted, with elements that are kept until a round, and with those that go through.
 */
class SoleWorkerLincheckTest {
    /** Per protocol, seconds. The steps are alike on every JDK: one looks at most. */
    private static final int INTERLEAVINGS = Runtime.version().feature() > 17 ? 50 : 200;

    private static void ignoring(Runnable breaking) {
        try {
            breaking.run();
        } catch (IllegalStateException boom) {
            // the subscriber's or the source's, as set up
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allThatIsRequestedComesOnAnotherThreadAsTheRequestReturns(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> it.elsewhere(() -> it.bringAll(1, 2)));
            model.work();
            model.join();
            model.requirePassedOn(1, 2);
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void someOfItComesOnTheThreadThatRequests(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> {
                it.bring(1);
                it.elsewhere(() -> it.bringAll(2, 3));
            });
            model.work();
            model.join();
            model.requirePassedOn(1, 2, 3);
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsNoEndIsSignalledAsAllIsRequestedAndElementsAreStillPassedOnAsTheyCome(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(
                    goThrough,
                    Long.MAX_VALUE,
                    it -> it.elsewhere(() -> {
                        it.bring(1);
                        it.requirePassedOn(1);
                        it.bring(2);
                        it.requirePassedOn(1, 2);
                        it.complete();
                    }));
            model.elsewhere(model::workUnlessUnbounded);
            model.work();
            model.join();
            model.requirePassedOn(1, 2);
            model.requireEnded();
        });
    }

    @Test
    void aCancelComesAsTheRequestForAllReturns() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(/* goThrough= */ false, Long.MAX_VALUE, it -> {});
            model.elsewhere(model::cancel);
            model.work();
            model.join();
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelComesBesideAnElementAsTheRequestForAllReturns(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> it.elsewhere(() -> it.bring(1)));
            model.elsewhere(model::cancel);
            model.work();
            model.join();
            if (model.asked.get() == 1) { // or else the cancel was first
                model.requireEachOnce(1);
            }
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelComesBesideAnElementForTheThreadWhosePlaceWasTakenOver(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> {
                it.elsewhereFirst(() -> it.bring(1)); // which takes the place over
                it.elsewhere(it::cancel);
                it.bring(2);
            });
            model.work();
            model.join();
            model.requireEachOnce(1, 2);
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelComesBesideAnElementOnTheThreadThatRequestsAll(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> {
                it.elsewhere(it::cancel); // which does not take the place over
                it.bring(1);
            });
            model.work();
            model.join();
            model.requireEachOnce(1);
            model.requireEnded();
        });
    }

    @Test
    void oneByOneComesOnOtherThreads() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(
                    /* goThrough= */ false, 2, it -> {
                        if (it.asked.get() == 1) {
                            it.elsewhere(() -> it.bring(1));
                        } else {
                            it.elsewhere(() -> it.bringAll(2));
                        }
                    });
            model.work();
            model.join();
            model.requirePassedOn(1, 2);
            model.requireEnded();
        });
    }

    @Test
    void aRequestComesBesideAnElementThatNobodyWanted() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(/* goThrough= */ false, 0, it -> {});
            model.elsewhere(() -> model.request(1));
            model.bring(1);
            model.join();
            model.requirePassedOn(1);
            model.complete();
            model.requireEnded();
        });
    }

    @Test
    void aRequestComesBesideTheElementOfTheOneBefore() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(/* goThrough= */ false, 1, it -> {});
            model.work();
            model.elsewhere(() -> model.request(1));
            model.bring(1);
            model.join();
            model.require(model.asked.get() == 2);
            model.bringAll(2);
            model.requirePassedOn(1, 2);
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allIsWantedBesideTheElementOfTheRequestBefore(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, 1, it -> {
                if (it.asked.get() == 2) {
                    it.bringAll(2, 3);
                }
            });
            model.work();
            model.elsewhere(model::requestAll);
            model.bring(1);
            model.join();
            model.requirePassedOn(1, 2, 3);
            model.requireEnded();
        });
    }

    @Test
    void aCancelComesBesideAnElement() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(/* goThrough= */ false, 2, it -> {});
            model.work();
            model.elsewhere(model::cancel);
            model.bring(1);
            model.join();
            model.requireEachOnce(1);
            model.requireEnded();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSubscriberThrowsAtWhatComesOnAnotherThread(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(
                    goThrough,
                    Long.MAX_VALUE,
                    /* throwsAt= */ 1,
                    it -> it.elsewhere(() -> {
                        ignoring(() -> it.bring(1));
                        it.bringAll(2);
                    }));
            ignoring(model::work);
            model.join();
            model.requireEachOnce(1, 2);
            model.requireFree();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSourceThrowsThoughAnElementComes(boolean goThrough) {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            WorkerModel model = new WorkerModel(goThrough, Long.MAX_VALUE, it -> {
                it.elsewhere(() -> it.bringAll(1));
                throw new IllegalStateException("boom");
            });
            ignoring(model::work);
            model.join();
            model.requireEachOnce(1);
            model.requireFree();
        });
    }
}
