package io.forebay.netty;

import io.forebay.pool.Slot;
import org.jspecify.annotations.Nullable;

/** Finds the calling loop's slot of a size class in as few steps as can be: where an allocation mostly ends. */
final class SlotTable {
    /*
     * One flat array, a row of slots for each thread, found by its id. What bounds an allocation is how many loads wait
     * for one another, so there is nothing in between: thread, array, slot. A slot tells itself whether it is the calling
     * thread's, which is all that makes a hit; anything else is a miss, and the loop's own list is asked, and has the slot
     * noted here again.
     *
     * Read and written plain, and without a lock but for growth: only a slot's owner goes on with it, and that thread
     * wrote the entry itself. Another thread's may come to it unfinished: then it is not the owner in it. An entry that a
     * growth beside it does not copy is a miss once more.
     */
    private static final int ROW_SHIFT = 6;

    static {
        if (SizeClasses.COUNT > (1 << ROW_SHIFT)) {
            throw new AssertionError("a row is too short for the size classes: " + SizeClasses.COUNT);
        }
    }

    /** Twice the loops keeps most apart, whose ids come in runs; those that still share a row get more room, up to this. */
    private static final int MAX_SPARSE = 16;

    private @Nullable Slot<PooledBuf>[] slots = newSlots(1);

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static @Nullable Slot<PooledBuf>[] newSlots(int rows) {
        return new Slot[rows << ROW_SHIFT];
    }

    /** The calling thread's slot, null if it is not noted here. */
    @Nullable
    Slot<PooledBuf> find(int sizeClass) {
        @Nullable Slot<PooledBuf>[] slots = this.slots;
        Slot<PooledBuf> slot = slots[place(Thread.currentThread(), sizeClass, slots.length)];
        return slot != null && slot.isOwner() ? slot : null;
    }

    /** Notes a slot of the calling thread. */
    void note(int sizeClass, Slot<PooledBuf> slot) {
        @Nullable Slot<PooledBuf>[] slots = this.slots;
        slots[place(Thread.currentThread(), sizeClass, slots.length)] = slot;
    }

    private static int place(Thread thread, int sizeClass, int length) {
        return (((int) thread.getId() << ROW_SHIFT) + sizeClass) & (length - 1);
    }

    /** Forgets all, and makes room for so many threads, so that no two of them share a row, or few. */
    synchronized void reset(long[] threadIds) {
        int rows = Integer.highestOneBit(Math.max(1, threadIds.length)) << 1;
        int most = rows * (MAX_SPARSE / 2);
        while (rows < most && someShareARow(threadIds, rows)) {
            rows *= 2;
        }
        slots = newSlots(rows);
    }

    private static boolean someShareARow(long[] threadIds, int rows) {
        boolean[] taken = new boolean[rows];
        for (long id : threadIds) {
            int row = (int) id & (rows - 1);
            if (taken[row]) {
                return true;
            }
            taken[row] = true;
        }
        return false;
    }
}
