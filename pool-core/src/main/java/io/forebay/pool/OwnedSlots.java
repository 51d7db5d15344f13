package io.forebay.pool;

import org.jspecify.annotations.Nullable;

/** Finds the slot that a thread owns: an immutable open-addressed table, replaced whole when a slot comes or goes. */
final class OwnedSlots<T> {
    private static final int SPARSE =
            4; // at most a quarter full, so a thread without a slot nearly always reads one null

    private final @Nullable Slot<T>[] table;

    OwnedSlots(Slot<T>[] slots) {
        this.table = Slots.newSlots(Integer.highestOneBit(Math.max(1, slots.length * SPARSE)) << 1);
        for (Slot<T> slot : slots) {
            Thread owner = slot.owner();
            if (owner != null) {
                insert(slot, owner);
            }
        }
    }

    private void insert(Slot<T> slot, Thread owner) {
        int i = ThreadHash.spread(ThreadHash.of(owner), table.length);
        while (table[i] != null) {
            i = (i + 1) & (table.length - 1);
        }
        table[i] = slot;
    }

    /** The slot of {@code thread}, null if it has none. The calling thread's own slot is always found. */
    @Nullable
    Slot<T> find(Thread thread, int hash) {
        @Nullable Slot<T>[] table = this.table;
        int i = ThreadHash.spread(hash, table.length);
        while (true) {
            Slot<T> slot = table[i];
            if (slot == null || slot.owner() == thread) {
                return slot;
            }
            i = (i + 1) & (table.length - 1);
        }
    }
}
