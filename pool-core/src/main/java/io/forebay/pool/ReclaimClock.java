package io.forebay.pool;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns the cycles of pools, and destroys what they let go, on one daemon thread of its own: at a period, after each
 * collection of the old generation, and whenever {@link #tick} is called (a budget at its limit, a failed allocation).
 *
 * <p>One clock can serve many pools; it holds them weakly. Its thread runs while it has a pool, and starts with the
 * first. Thread-safe.
 */
public final class ReclaimClock implements Executor, AutoCloseable {
    /** Long enough that a working set is never let go between two requests; the period Kestrel's memory pool uses. */
    public static final Duration DEFAULT_PERIOD = Duration.ofSeconds(10);

    /** So that nanoseconds do not overflow; nobody waits for the tick of a longer one. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private record Subscriber<P>(WeakReference<P> subject, Consumer<? super P> onTick) {
        boolean tick() {
            P subject = this.subject.get();
            if (subject != null) {
                onTick.accept(subject);
            }
            return subject != null;
        }
    }

    private final long periodNanos;
    private final CopyOnWriteArrayList<Subscriber<?>> subscribers = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final OldGenerationSignal oldGeneration = new OldGenerationSignal(this::tick);
    private volatile @Nullable Thread thread; // written under the lock of this
    private volatile boolean tickAsked;
    private volatile boolean closed;

    private ReclaimClock(Duration period) {
        this.periodNanos = period.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : period.toNanos();
    }

    /** A clock that ticks once a period. */
    public static ReclaimClock every(Duration period) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("period must be > 0: period=" + period);
        }
        return new ReclaimClock(period);
    }

    /**
     * Has {@code onTick} called with {@code subject} at every tick, on the clock's thread, until the subject is
     * garbage-collected or {@linkplain #unregister unregistered}. {@code onTick} must not refer to the subject.
     *
     * @throws IllegalStateException if the clock is closed
     */
    public synchronized <P> void register(P subject, Consumer<? super P> onTick) {
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(onTick, "onTick");
        if (closed) {
            throw new IllegalStateException("the reclaim clock is closed");
        }
        subscribers.add(new Subscriber<>(new WeakReference<>(subject), onTick));
        ensureThread();
    }

    /** Ends what {@link #register} began. */
    @SuppressWarnings("ReferenceEquality") // that very subject, whatever its equals says
    public void unregister(Object subject) {
        subscribers.removeIf(subscriber -> subscriber.subject().get() == subject);
        wake();
    }

    /** Asks for an extra tick, soon, on the clock's thread. Costs a store and an unpark; may be called from anywhere. */
    public void tick() {
        tickAsked = true;
        wake();
    }

    /**
     * Runs a task, soon, on the clock's thread.
     *
     * @throws RejectedExecutionException if the clock is closed
     */
    @Override
    public void execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        if (closed) {
            throw new RejectedExecutionException("the reclaim clock is closed");
        }
        tasks.add(task);
        synchronized (this) {
            ensureThread();
        }
        wake();
    }

    /** Stops the clock after the tasks it has; its pools turn their cycles by hand from then on. */
    @Override
    public synchronized void close() {
        closed = true;
        wake();
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    private void ensureThread() {
        if (thread == null) {
            Thread started = new Thread(this::run, "forebay-reclaim");
            started.setDaemon(true);
            started.start(); // may fail for want of memory: then the next call tries again
            thread = started; // before it can look, as it needs this lock for that
            oldGeneration.listen();
        }
    }

    private void run() {
        long lastTickNanos = System.nanoTime();
        while (!ended()) {
            runTasks();
            long nowNanos = System.nanoTime();
            long leftNanos = periodNanos - (nowNanos - lastTickNanos);
            if (tickAsked || leftNanos <= 0) {
                tickAsked = false;
                lastTickNanos = nowNanos;
                tickAll();
            } else if (tasks.isEmpty()) {
                LockSupport.parkNanos(this, leftNanos);
                boolean ignored = Thread.interrupted(); // nobody has a reason to interrupt it, and parking must go on
            }
        }
        runTasks();
    }

    /** Whether the thread shall end; a later registration or task starts a new one. */
    private synchronized boolean ended() {
        boolean ended = tasks.isEmpty() && (closed || subscribers.isEmpty());
        if (ended) {
            thread = null;
            oldGeneration.ignore();
        }
        return ended;
    }

    private void runTasks() {
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            guarded(task);
        }
    }

    private void tickAll() {
        for (Subscriber<?> subscriber : subscribers) {
            guarded(() -> {
                if (!subscriber.tick()) {
                    subscribers.remove(subscriber);
                }
            });
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) { // goes to the handler: one pool's failure must not stop the others' clock
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}
