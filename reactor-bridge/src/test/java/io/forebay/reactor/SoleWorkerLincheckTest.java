package io.forebay.reactor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jetbrains.lincheck.Lincheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Who is the worker, under Lincheck's model checker, which chooses the interleavings step by step. What must hold: one
 * thread works at a time, no signal is stranded, and each element is passed on or closed, once, however it ends.
 */
class SoleWorkerLincheckTest {
    private static final int INTERLEAVINGS = 200; // per protocol, seconds

    /** Passes on what it is fed while it is wanted, and notes what should not be. */
    private static final class Model extends SoleWorker<Integer> {
        private final Consumer<Model> source; // what it does when it is asked
        private final int throwsAt; // an element, for a subscriber that breaks the rules
        private final List<Thread> threads = new ArrayList<>();
        private final AtomicInteger asked = new AtomicInteger();

        private final AtomicLong requested;
        private volatile boolean done;
        private volatile boolean cancelled;

        private final List<String> wrong = new ArrayList<>();
        private volatile @Nullable Thread working;

        // The worker's.
        private final ArrayDeque<Integer> kept = new ArrayDeque<>();
        private final List<Integer> passedOn = new ArrayList<>();
        private final List<Integer> closed = new ArrayList<>();
        private boolean finished;
        private boolean over;
        private int ends;

        Model(long requested, Consumer<Model> source) {
            this(requested, /* throwsAt= */ 0, source);
        }

        Model(long requested, int throwsAt, Consumer<Model> source) {
            this.requested = new AtomicLong(requested);
            this.throwsAt = throwsAt;
            this.source = source;
        }

        void elsewhere(Runnable work) {
            Thread thread = new Thread(work);
            synchronized (threads) {
                threads.add(thread);
            }
            thread.start();
        }

        /** And waits for it. */
        void elsewhereFirst(Runnable work) {
            Thread thread = new Thread(work);
            thread.start();
            join(thread);
        }

        private @Nullable Thread nextThread() {
            synchronized (threads) {
                return threads.isEmpty() ? null : threads.remove(0);
            }
        }

        /** Until all threads have ended, also those that others began. */
        void join() {
            Thread thread = nextThread();
            while (thread != null) {
                join(thread);
                thread = nextThread();
            }
        }

        private static void join(Thread thread) {
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }

        void request(int n) {
            requested.addAndGet(n);
            work();
        }

        void cancel() {
            cancelled = true;
            work();
        }

        void complete() {
            done = true;
            work();
        }

        /** As a source that ends after these. */
        void bringAll(int... elements) {
            for (int element : elements) {
                bring(element);
            }
            complete();
        }

        private synchronized void note(String what) {
            wrong.add(what);
        }

        private void asWorker(Runnable work) {
            Thread before = working;
            Thread current = Thread.currentThread();
            if (before != null && before != current) {
                note("two at once");
            }
            working = current;
            try {
                work.run();
            } finally {
                if (working != current) {
                    note("two at once");
                }
                working = before;
            }
        }

        @Override
        void ask(long n) {
            asked.incrementAndGet();
            source.accept(this);
        }

        @Override
        void feed(Integer element) {
            asWorker(() -> (over ? closed : kept).add(element));
        }

        @Override
        void round() {
            asWorker(() -> {
                if (over) {
                    closeAll();
                }
                boolean more = !over;
                while (more) {
                    more = step();
                }
            });
        }

        private boolean step() {
            if (hasNews()) {
                if (cancelled) {
                    end();
                    return false;
                }
                boolean done = this.done;
                feedArrived();
                finished |= done;
            }
            if (kept.isEmpty()) {
                return goOn();
            }
            if (requested.get() == 0) {
                return false;
            }
            if (requested.get() != Long.MAX_VALUE) {
                requested.decrementAndGet();
            }
            passOn(kept.removeFirst());
            return true;
        }

        private boolean goOn() {
            if (finished) {
                end();
                return false;
            }
            if (!mayRequest() || requested.get() == 0) {
                return false;
            }
            if (requested.get() == Long.MAX_VALUE) {
                requestAllAfterRound();
                return false;
            }
            return requestOne();
        }

        private void passOn(int element) {
            passedOn.add(element);
            if (element == throwsAt) {
                throw new IllegalStateException("boom");
            }
        }

        private void end() {
            over = true;
            ends++;
            closeAll();
        }

        @Override
        void giveUp(Throwable thrown) {
            asWorker(() -> {
                over = true;
                closeAll();
            });
        }

        private void closeAll() {
            closed.addAll(kept);
            kept.clear();
            Integer element = pollArrived();
            while (element != null) {
                closed.add(element);
                element = pollArrived();
            }
        }

        /** The worker's place is free, or this element would be stranded. */
        void requireFree() {
            bring(9);
            require(closed.remove(Integer.valueOf(9)));
        }

        void requireEnded() {
            require(ends == 1);
            requireFree();
        }

        void requirePassedOn(Integer... elements) {
            require(passedOn.equals(List.of(elements)) && closed.isEmpty());
        }

        void requireEachOnce(Integer... elements) {
            List<Integer> all = new ArrayList<>(passedOn);
            all.addAll(closed);
            require(all.size() == elements.length && all.containsAll(List.of(elements)));
            require(passedOn.equals(Arrays.asList(elements).subList(0, passedOn.size())));
        }

        void require(boolean holds) {
            if (!holds || !wrong.isEmpty()) {
                throw new AssertionError("passed on " + passedOn + ", closed " + closed + ", kept " + kept + ", ends "
                        + ends + ", " + wrong);
            }
        }
    }

    private static void ignoring(Runnable breaking) {
        try {
            breaking.run();
        } catch (IllegalStateException boom) {
            // the subscriber's or the source's, as set up
        }
    }

    @Test
    void allThatIsRequestedComesOnAnotherThreadAsTheRequestReturns() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> it.elsewhere(() -> it.bringAll(1, 2)));
            model.work();
            model.join();
            model.requirePassedOn(1, 2);
            model.requireEnded();
        });
    }

    @Test
    void someOfItComesOnTheThreadThatRequests() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> {
                it.bring(1);
                it.elsewhere(() -> it.bringAll(2, 3));
            });
            model.work();
            model.join();
            model.requirePassedOn(1, 2, 3);
            model.requireEnded();
        });
    }

    @Test
    void aCancelComesAsTheRequestForAllReturns() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> {});
            model.elsewhere(model::cancel);
            model.work();
            model.join();
            model.requireEnded();
        });
    }

    @Test
    void aCancelComesBesideAnElementAsTheRequestForAllReturns() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> it.elsewhere(() -> it.bring(1)));
            model.elsewhere(model::cancel);
            model.work();
            model.join();
            if (model.asked.get() == 1) { // or else the cancel was first
                model.requireEachOnce(1);
            }
            model.requireEnded();
        });
    }

    @Test
    void aCancelComesBesideAnElementForTheThreadWhosePlaceWasTakenOver() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> {
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

    @Test
    void aCancelComesBesideAnElementOnTheThreadThatRequestsAll() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> {
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
            Model model = new Model(2, it -> {
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
            Model model = new Model(0, it -> {});
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
            Model model = new Model(1, it -> {});
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

    @Test
    void aCancelComesBesideAnElement() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(2, it -> {});
            model.work();
            model.elsewhere(model::cancel);
            model.bring(1);
            model.join();
            model.requireEachOnce(1);
            model.requireEnded();
        });
    }

    @Test
    void theSubscriberThrowsAtWhatComesOnAnotherThread() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(
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

    @Test
    void theSourceThrowsThoughAnElementComes() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            Model model = new Model(Long.MAX_VALUE, it -> {
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
