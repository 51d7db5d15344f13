package io.forebay.pool;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A limit in bytes that users are charged to: {@link #tryReserve} charges or refuses, {@link #reserveAsync} charges or
 * waits, {@link #release} gives back. Budgets nest: what is charged to a {@linkplain #child child} is charged to all
 * above it, all or nothing, so that tenants have limits of their own under a common one. A budget counts; it allocates
 * nothing.
 *
 * <p><b>The limit.</b> No reserve brings {@link #used} above {@link #limit}, not for a moment, on any budget of its path.
 * The limit may be set below what is in use: nothing is taken back, and nothing granted until enough has come back.
 *
 * <p><b>Ownership.</b> Whoever reserved bytes releases as many, once, through the same budget, in one piece or in parts,
 * on any thread. Releasing more than is in use throws; releasing what another user still holds cannot be told from
 * that user's own release.
 *
 * <p><b>Order.</b> First come, first served, by the time of the request, in the whole tree. A waiter stands at the
 * lowest budget on its path that lacks room for it, and nobody who came later passes there, {@code tryReserve} included,
 * though there be room for less: else a large request might wait for ever. A budget at which nobody stands is open: a
 * tenant at its own limit does not hold up the others. There are no partial grants. Large requests therefore want a child
 * of their own, or to be small beside the limit.
 *
 * <p><b>Threads.</b> All methods may be called from any thread, virtual ones included. While nobody waits, a reserve or
 * release costs one CAS per budget of the path, takes no lock and allocates nothing; a refusal writes nothing but a
 * counter. Listeners run on the executor given for them, outside all locks.
 *
 * <p><b>Memory effects.</b> Actions before a {@code release} happen-before the return of the {@code tryReserve}, and the
 * call of the listener, that got the bytes because of it.
 *
 * <p><b>When not to use it.</b> To count objects rather than bytes, or to block a thread: nothing here blocks. For users
 * that hold bytes while they wait for more, use it through a {@link BudgetAccount}, or they may wait for one another.
 */
public final class MemoryBudget implements AutoCloseable {
    final @Nullable MemoryBudget parent;
    final int depth;
    final BudgetQueue queue;
    final BudgetLevel level;
    final WaitLine line;
    final BudgetCounts counts = new BudgetCounts();

    private final String name;
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();

    private MemoryBudget(@Nullable MemoryBudget parent, BudgetQueue queue, String name, long limitBytes) {
        this.parent = parent;
        this.queue = queue;
        this.depth = parent == null ? 0 : parent.depth + 1;
        this.name = Objects.requireNonNull(name, "name");
        this.level = new BudgetLevel(requireLimit(limitBytes));
        this.line = new WaitLine(level);
    }

    /**
     * A budget with none above it.
     *
     * @param name for messages and metrics
     * @param limitBytes at least 0; {@link Long#MAX_VALUE} for no limit (more than 256 TiB are never granted)
     */
    public static MemoryBudget create(String name, long limitBytes) {
        return create(name, limitBytes, System::nanoTime);
    }

    /** As {@link #create(String, long)}, with the clock that {@link #oldestWaitNanos} goes by. It must be quick. */
    public static MemoryBudget create(String name, long limitBytes, LongSupplier nanoClock) {
        return new MemoryBudget(null, new BudgetQueue(nanoClock), name, limitBytes);
    }

    /**
     * A budget below this one. This one does not refer to it; a child that is no longer used is closed, or just dropped.
     *
     * @throws IllegalStateException if this budget or one above it is closed
     */
    public MemoryBudget child(String name, long limitBytes) {
        requireOpen();
        return new MemoryBudget(this, queue, name, limitBytes);
    }

    /** A user of this budget that holds on to its bytes while it waits for more. */
    public BudgetAccount account(String name) {
        return new BudgetAccount(this, name);
    }

    /**
     * Charges this budget and all above it, or none of them.
     *
     * <p>Refuses also if somebody waits who would be overtaken; if the request is larger than a limit; and, though there
     * would just be room, while another reserve of the same budget is being refused by a budget above it.
     *
     * @return whether the bytes are charged and belong to the caller
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     * @throws IllegalStateException if this budget or one above it is closed
     */
    public boolean tryReserve(long bytes) {
        requirePositive(bytes);
        MemoryBudget obstacle = charge(bytes);
        if (obstacle != null) {
            requireOpen();
            obstacle.counts.refusals.increment();
        }
        return obstacle == null;
    }

    /**
     * As {@link #tryReserve}, for one of several attempts at the same request: that it fails is not counted. Who gives up
     * {@linkplain #countRefusal counts} that.
     */
    public boolean attemptReserve(long bytes) {
        requirePositive(bytes);
        MemoryBudget obstacle = charge(bytes);
        if (obstacle != null) {
            requireOpen();
        }
        return obstacle == null;
    }

    /** Counts a request as refused that was attempted, and for which this budget had no room. */
    public void countRefusal() {
        counts.refusals.increment();
    }

    /**
     * Charges this budget and all above it, as soon as that can be done in turn, and tells the listener, on the executor;
     * if there is room at once, at once. There is no timer: who waits no longer calls {@link BudgetWaiter#timeOut}.
     *
     * <p>The executor may run tasks on the calling thread, which is then the one that makes room; such a listener has to
     * be short, and must not wait for another one. One that drops tasks silently keeps their bytes charged, until the
     * request is cancelled. If it throws, the bytes are given back and the listener is told of the failure. What a
     * listener throws is the executor's to handle, or else the uncaught-exception handler's.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     * @throws BudgetExceededException if {@code bytes} is more than a limit on the path
     * @throws IllegalStateException if this budget or one above it is closed
     */
    public BudgetWaiter reserveAsync(long bytes, Executor executor, BudgetListener listener) {
        requirePositive(bytes);
        BudgetWaiter waiter = new BudgetWaiter(this, null, bytes, executor, listener);
        queue.request(waiter);
        return waiter;
    }

    /**
     * The first half of {@link #reserveAsync}, for who wants no waiter where there is room at once: charges, and counts that
     * as a request and its grant, or does nothing. If false is returned, {@code reserveAsync} is to follow, whatever the
     * reason.
     *
     * @return whether the bytes are charged and belong to the caller
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public boolean reserveAtOnce(long bytes) {
        boolean reserved = reserveAtOnceUncounted(bytes);
        if (reserved) {
            countReservedAtOnce(1);
        }
        return reserved;
    }

    /**
     * As {@link #reserveAtOnce}, for who reserves many times in a row and saves an atomic operation for each: where this returns true,
     * {@link #countReservedAtOnce} is to follow, once for several of them. Until then {@link #stats} has fewer requests and grants, while what
     * is used is right. If false is returned nothing is charged or to be counted, and {@code reserveAsync}, which counts itself, is to
     * follow.
     *
     * @return whether the bytes are charged and belong to the caller
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public boolean reserveAtOnceUncounted(long bytes) {
        requirePositive(bytes);
        return charge(bytes) == null;
    }

    /**
     * Counts so many requests and their grants, here and above: those for which {@link #reserveAtOnceUncounted} of this budget returned true,
     * each once, also if their bytes are back by now or the budget is closed. What the other methods reserve they count themselves; nothing
     * here can tell.
     *
     * @throws IllegalArgumentException if {@code requests} is below 0
     */
    public void countReservedAtOnce(long requests) {
        if (requests < 0) {
            throw new IllegalArgumentException("requests must be >= 0: requests=" + requests);
        }
        for (MemoryBudget at = this; at != null; at = at.parent) {
            at.counts.grantsAtOnce.add(requests);
        }
    }

    /**
     * Gives bytes back to this budget and all above it, and lets in who waits for them. Works on a closed budget too.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     * @throws IllegalStateException if fewer bytes are in use; nothing is changed
     */
    public void release(long bytes) {
        requirePositive(bytes);
        for (MemoryBudget at = this; at != null; at = at.parent) {
            if (!at.level.giveBack(bytes)) {
                restoreBelow(at, bytes);
                throw new IllegalStateException("released more than is in use (released twice?): budget '" + at.name
                        + "', released=" + bytes + ", used=" + at.used());
            }
        }
        afterGivingBack();
    }

    /** Charges the path if it is open, or returns the budget that is the obstacle. */
    @Nullable
    MemoryBudget charge(long bytes) {
        for (MemoryBudget at = this; at != null; at = at.parent) { // a look first: most refusals write nothing
            if (!at.level.isOpenFor(bytes)) {
                return at;
            }
        }
        MemoryBudget obstacle = takeAll(bytes);
        if (obstacle != null) {
            afterGivingBack(); // a waiter may have seen less room than there is
        }
        return obstacle;
    }

    /** Charges the path, whoever waits, or returns the budget that lacks room. */
    @Nullable
    MemoryBudget takeAll(long bytes) {
        for (MemoryBudget at = this; at != null; at = at.parent) {
            if (!at.level.take(bytes)) {
                giveBackBelow(at, bytes);
                return at;
            }
        }
        return null;
    }

    private void giveBackBelow(MemoryBudget end, long bytes) {
        for (MemoryBudget at = this; at != null && at != end; at = at.parent) {
            boolean taken = at.level.giveBack(bytes);
            assert taken : "more released than reserved: " + at;
        }
    }

    private void restoreBelow(MemoryBudget end, long bytes) {
        for (MemoryBudget at = this; at != null && at != end; at = at.parent) {
            at.level.restore(bytes);
        }
    }

    /** The other half of {@link BudgetLevel#setStanding}: room first, then a look who waits for it. */
    private void afterGivingBack() {
        for (MemoryBudget at = this; at != null; at = at.parent) {
            if (at.level.isWatched()) {
                afterGivingBackSlow();
                return;
            }
        }
    }

    private void afterGivingBackSlow() {
        queue.admit(this);
        for (MemoryBudget at = this; at != null; at = at.parent) {
            at.checkTerminated();
        }
    }

    private void checkTerminated() {
        if (level.isClosed() && level.used() == 0) {
            terminated.complete(null);
        }
    }

    /**
     * Sets the limit. A larger one lets waiters in. Under a smaller one, requests that ask for more fail at once; when
     * this returns, nothing more is granted by the old one.
     *
     * @param limitBytes at least 0; {@link Long#MAX_VALUE} for no limit
     * @throws IllegalStateException if this budget or one above it is closed
     */
    public void setLimit(long limitBytes) {
        queue.setLimit(this, requireLimit(limitBytes));
    }

    /**
     * Ends this budget: requests that wait for it or a budget below it fail, and later ones throw. What is in use stays
     * charged, here and above, until it is released, which goes on working.
     */
    @Override
    public void close() {
        queue.close(this);
        checkTerminated();
    }

    /** Completes when this budget is closed and nothing is in use. */
    public CompletionStage<Void> termination() {
        return terminated.minimalCompletionStage();
    }

    public String name() {
        return name;
    }

    public @Nullable MemoryBudget parent() {
        return parent;
    }

    public long limit() {
        return level.limit();
    }

    /**
     * How many bytes are charged: what is granted, and, for a moment, what a budget above is about to refuse. More than
     * {@link #limit} only after that was lowered.
     */
    public long used() {
        return level.used();
    }

    /** The most that {@link #used} ever was. */
    public long peak() {
        return level.peak();
    }

    /** The largest request that this budget and those above it have room for, whoever waits. */
    public long available() {
        long available = Long.MAX_VALUE;
        for (MemoryBudget at = this; at != null; at = at.parent) {
            available = Math.min(available, Math.max(0, at.level.room()));
        }
        return available;
    }

    /** The largest request that would be granted at once: as {@link #available}, but 0 where somebody waits who comes first. */
    public long availableAtOnce() {
        for (MemoryBudget at = this; at != null; at = at.parent) {
            if (at.level.isWatched()) {
                return 0;
            }
        }
        return available();
    }

    /** How many requests wait, children's included. */
    public int waiting() {
        return queue.read(line::waiting);
    }

    /** How many bytes they ask for. */
    public long waitingBytes() {
        return queue.read(line::waitingBytes);
    }

    /** How long the first of them has been waiting; 0 if none does. */
    public long oldestWaitNanos() {
        return queue.read(() -> line.oldestWaitNanos(queue.nowNanos()));
    }

    public BudgetStats stats() {
        return queue.read(() -> new BudgetStats(
                name,
                limit(),
                used(),
                peak(),
                line.waiting(),
                line.waitingBytes(),
                line.oldestWaitNanos(queue.nowNanos()),
                counts.requests.sum() + counts.grantsAtOnce.sum(),
                counts.waits.sum(),
                counts.grants.sum() + counts.grantsAtOnce.sum(),
                counts.failures.sum(),
                counts.cancels.sum(),
                counts.timeouts.sum(),
                counts.refusals.sum()));
    }

    MemoryBudget root() {
        MemoryBudget root = this;
        for (MemoryBudget above = parent; above != null; above = above.parent) {
            root = above;
        }
        return root;
    }

    void requireOpen() {
        for (MemoryBudget at = this; at != null; at = at.parent) {
            if (at.level.isClosed()) {
                throw at.closed();
            }
        }
    }

    IllegalStateException closed() {
        return new IllegalStateException("budget '" + name + "' is closed");
    }

    BudgetExceededException exceeded(long bytes) {
        return new BudgetExceededException(name, bytes, level.cap());
    }

    static void requirePositive(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be > 0: bytes=" + bytes);
        }
    }

    private static long requireLimit(long limitBytes) {
        if (limitBytes < 0) {
            throw new IllegalArgumentException("limitBytes must be >= 0: limitBytes=" + limitBytes);
        }
        return limitBytes;
    }

    @Override
    public String toString() {
        String below = parent == null ? "" : ", below '" + parent.name + "'";
        String closed = level.isClosed() ? ", closed" : "";
        String limit = limit() == Long.MAX_VALUE ? "no limit" : "limit " + limit();
        return "budget '" + name + "'" + below + closed + ": " + used() + " bytes used, " + limit + ", " + waiting()
                + " waiting";
    }
}
