package io.forebay.reactor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Passes on what it is fed while it is wanted, and notes what should not be. */
final class WorkerModel extends SoleWorker<Integer> {
    private final boolean goThrough; // elements may, where all is wanted
    private final Consumer<WorkerModel> source; // what it does when it is asked
    private final int throwsAt; // an element, for a subscriber that breaks the rules
    private final List<Thread> threads = new ArrayList<>();
    final AtomicInteger asked = new AtomicInteger();

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

    WorkerModel(boolean goThrough, long requested, Consumer<WorkerModel> source) {
        this(goThrough, requested, /* throwsAt= */ 0, source);
    }

    WorkerModel(boolean goThrough, long requested, int throwsAt, Consumer<WorkerModel> source) {
        this.goThrough = goThrough;
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

    void requestAll() {
        requested.set(Long.MAX_VALUE);
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
    boolean feed(Integer element) {
        boolean goesThrough = goThrough && !over && kept.isEmpty() && requested.get() == Long.MAX_VALUE;
        asWorker(() -> take(element, goesThrough));
        return goesThrough;
    }

    private void take(int element, boolean goesThrough) {
        if (goesThrough) {
            passOn(element);
        } else {
            (over ? closed : kept).add(element);
        }
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
        requested.getAndUpdate(n -> n == Long.MAX_VALUE ? n : n - 1); // beside a request for all
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
