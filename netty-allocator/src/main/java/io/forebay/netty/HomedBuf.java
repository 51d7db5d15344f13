package io.forebay.netty;

import io.forebay.pool.Slot;
import org.jspecify.annotations.Nullable;

/** A buffer that knows where its memory is, and which loop took it: what a life needs beside the count and the indices. */
abstract class HomedBuf extends SingleValueBuf {
    // A class of its own so that these lie next to the count and the indices: a life touches one cache line or two.

    // Where the memory is. It stays from life to life, but for growth.
    long address; // of the first byte of direct memory; 0 if unknown, or if the memory is an array

    @SuppressWarnings("NullAway.Init") // a heap buffer sets it, and a direct one does not use it
    byte[] array;

    // Whoever takes the buffer writes them, before the life begins; whoever releases it last reads them.

    /** The slot it was taken from, null if its taker had none: where its last release, by the loop itself, pushes it. */
    private @Nullable Slot<PooledBuf> slot;

    /** The loop whose slot that is. */
    private @Nullable Loop home;

    /** Where that slot, or another, kept it last. */
    private int place;

    HomedBuf(int maxCapacity) {
        super(maxCapacity);
    }

    final @Nullable Slot<PooledBuf> slot() {
        return slot;
    }

    final @Nullable Loop home() {
        return home;
    }

    /** Notes where it was taken from; a store only when that is new, as a reference store has its price. */
    final void takenFrom(@Nullable Loop home, @Nullable Slot<PooledBuf> slot) {
        if (this.slot != slot) {
            this.slot = slot;
            this.home = home;
        }
    }

    /** Becomes idle in a slot of the calling thread's. */
    final void becomeIdleIn(Slot<PooledBuf> slot) {
        int kept = slot.put(self(), place);
        if (kept != place) {
            place = kept; // it was kept on this thread, so nobody else has it yet
        }
    }

    /** It is about to belong elsewhere: its slot is to keep no pointer to it. Whoever is not at home leaves that to a cycle. */
    final void leaveSlot() {
        Slot<PooledBuf> slot = this.slot;
        if (slot != null && slot.isOwner()) {
            slot.forget(self(), place);
        }
    }

    abstract PooledBuf self();

    @Override
    final boolean hasHomeElsewhere() {
        Slot<PooledBuf> slot = this.slot;
        return slot != null && !slot.isOwner();
    }
}
