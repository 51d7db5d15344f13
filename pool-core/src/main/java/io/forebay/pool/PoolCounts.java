package io.forebay.pool;

/** Sums over slots. */
record PoolCounts(
        long popped,
        long sharedGets,
        long stolenGets,
        long victimGets,
        long misses,
        long puts,
        long idle,
        long victim,
        int slots,
        int stripes) {
    static final PoolCounts NONE = new PoolCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static final int MOST_ATTEMPTS = 100;

    /** With what a slot counted, read again while its holder moves many items at once: a short while at most. */
    @SuppressWarnings("ThreadPriorityCheck") // the yield: the holder may need this very core
    PoolCounts plus(Slot<?> slot) {
        for (int attempt = 1; true; attempt++) {
            long moves = slot.movesAcquire();
            PoolCounts sum = plusNow(slot);
            if (slot.nothingMovedSince(moves) || attempt == MOST_ATTEMPTS) {
                return sum;
            }
            Thread.yield();
        }
    }

    private PoolCounts plusNow(Slot<?> slot) {
        long gets = slot.getsOpaque();
        long victims = slot.ageing.privateVictims() + slot.ageing.chainVictims();
        return new PoolCounts(
                popped + gets,
                sharedGets + (long) SlotLayout.SHARED_GETS.getOpaque(slot),
                stolenGets + (long) SlotLayout.STOLEN_GETS.getOpaque(slot),
                victimGets + (long) SlotLayout.VICTIM_GETS.getOpaque(slot),
                misses + (long) SlotLayout.MISSES.getOpaque(slot),
                puts + slot.putsOpaque(gets),
                idle + slot.idle(),
                victim + victims,
                slots,
                stripes);
    }

    PoolCounts withSlots(int slots, int stripes) {
        return new PoolCounts(popped, sharedGets, stolenGets, victimGets, misses, puts, idle, victim, slots, stripes);
    }
}
