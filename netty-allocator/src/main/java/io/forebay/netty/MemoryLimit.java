package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The limit of one kind of memory of an allocator: charged before memory is taken from the system, given back when it
 * was freed. Above it stands the limit of the whole allocator.
 */
final class MemoryLimit {
    private final MemoryBudget budget;
    private final Reclaimer reclaimer;
    private final String whereTheyAre;
    private final LongAdder hits = new LongAdder();

    /** Has an allocator let go of what is idle. */
    interface Reclaimer {
        /**
         * Lets go of what is idle, as far as the calling thread can, until the attempt succeeds; returns what that returned,
         * or null if nothing helped. Holding no lock.
         */
        <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt);
    }

    /** A limit that charges the budget. */
    MemoryLimit(MemoryBudget budget, Reclaimer reclaimer) {
        this(budget, reclaimer, "reserved, and this allocator had nothing idle left to reclaim at once");
    }

    /**
     * A limit that charges the budget.
     *
     * @param whereTheyAre for the message of a refusal: what the bytes are that are charged
     */
    MemoryLimit(MemoryBudget budget, Reclaimer reclaimer, String whereTheyAre) {
        this.budget = budget;
        this.reclaimer = reclaimer;
        this.whereTheyAre = whereTheyAre;
    }

    /** Charges the bytes, or returns false, which is no hit: the caller may try something else. */
    boolean attemptReserve(long bytes) {
        return budget.attemptReserve(bytes);
    }

    /** The largest request that there is room for right now, and nobody waits for. */
    long availableBytes() {
        return budget.availableAtOnce();
    }

    /**
     * Charges the bytes, if need be after idle memory was reclaimed.
     *
     * @throws MemoryLimitError if that was not enough; nothing is charged then
     */
    void reserve(long bytes) {
        if (attemptReserve(bytes)) {
            return;
        }
        if (reclaimUntil(() -> attemptReserve(bytes) ? Boolean.TRUE : null) == null) {
            throw reached(bytes);
        }
    }

    void release(long bytes) {
        budget.release(bytes);
    }

    /** As {@link Reclaimer#reclaimUntil}. */
    <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt) {
        return reclaimer.reclaimUntil(attempt);
    }

    /** Lets go of all that is idle; on the calling thread, and holding no lock. */
    void reclaim() {
        Object none = reclaimUntil(() -> null);
        assert none == null;
    }

    MemoryLimitError reached(long bytes) {
        hits.increment();
        MemoryBudget narrow = narrowest(bytes);
        narrow.countRefusal();
        Recorder.EVENTS.limitHit(narrow.name(), bytes, narrow.used(), narrow.limit());
        return new MemoryLimitError(
                narrow.name() + " has reached its limit: requested " + bytes + " B, " + narrow.used() + " of "
                        + narrow.limit() + " B are " + whereTheyAre + waiting(narrow)
                        + " (release buffers, or raise the limit)",
                bytes,
                narrow.limit());
    }

    private static String waiting(MemoryBudget budget) {
        int waiting = budget.waiting();
        return waiting == 0 ? "" : ", and nobody overtakes the " + waiting + " that wait for room";
    }

    /** The budget that has no room, or by now the one with the least. */
    private MemoryBudget narrowest(long bytes) {
        MemoryBudget narrowest = budget;
        for (MemoryBudget above = budget; above != null; above = above.parent()) {
            if (room(above) < bytes) {
                return above;
            }
            if (room(above) < room(narrowest)) {
                narrowest = above;
            }
        }
        return narrowest;
    }

    private static long room(MemoryBudget budget) {
        return budget.limit() - budget.used();
    }

    /** What is held from the system. */
    long reservedBytes() {
        return budget.used();
    }

    /** The lowest of the limits that hold for it, {@link Long#MAX_VALUE} if none does. */
    long limitBytes() {
        long lowest = budget.limit();
        for (MemoryBudget above = budget.parent(); above != null; above = above.parent()) {
            lowest = Math.min(lowest, above.limit());
        }
        return lowest;
    }

    /** How many requests failed for it. */
    long hits() {
        return hits.sum();
    }
}
