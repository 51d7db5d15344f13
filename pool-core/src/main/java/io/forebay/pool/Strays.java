package io.forebay.pool;

import org.jspecify.annotations.Nullable;

/** What a thread does when all the stripes it tried were busy: it goes without a slot rather than wait for one. */
final class Strays<T> {
    private final Pool<T> pool;

    Strays(Pool<T> pool) {
        this.pool = pool;
    }

    /** Steals a single item, or counts a miss and returns null. */
    @Nullable
    T get() {
        pool.checkOpen();
        T item = steal();
        if (item == null) {
            pool.tally.strayMisses.increment();
        }
        return item;
    }

    @Nullable
    T steal() {
        for (Slot<T> slot : pool.allSlots()) {
            long victims = slot.ageing.chainVictims();
            T item = slot.chain.popTail();
            if (item != null) {
                count(item, /* victim= */ victims > 0);
                return item;
            }
        }
        return null;
    }

    private void count(T item, boolean victim) {
        pool.tally.strayGets.increment();
        if (victim) {
            pool.tally.strayVictimGets.increment();
        }
        if (pool.watch != null) {
            pool.watch.taken(item);
            pool.watch.handedOut(item);
        }
    }

    /** Has the item destroyed, as there is no chain of its own to keep it in. */
    void put(T item) {
        ItemWatch<T> watch = pool.watch;
        T left = watch == null ? item : watch.put(item, pool.destroyer);
        pool.tally.strayPuts.increment();
        if (left != null) {
            if (watch != null) {
                watch.taken(left);
            }
            pool.destroyer.add(left);
        }
        if (watch != null && pool.isClosed()) {
            watch.drainHeld(pool.destroyer); // it may have held this one back after the close had emptied it
        }
        pool.destroyer.flush();
    }
}
