package io.forebay.pool;

import java.util.concurrent.atomic.LongAdder;

/** Counts what no slot counts: rare events, and those that happen while no slot is held. */
final class Tally {
    final LongAdder added = new LongAdder();
    final LongAdder discarded = new LongAdder();
    final LongAdder leaked = new LongAdder();
    final LongAdder creates =
            new LongAdder(); // misses that have made an item: a count that only rises, unlike the difference
    final LongAdder failedCreates = new LongAdder(); // misses that made nothing
    final LongAdder strayMisses = new LongAdder();
    final LongAdder strayGets = new LongAdder();
    final LongAdder strayVictimGets = new LongAdder();
    final LongAdder strayPuts = new LongAdder();

    /** How many items there ever were, or are being made. */
    long begun(PoolCounts counts) {
        return counts.misses() + strayMisses.sum() + added.sum();
    }

    /** Of these, how many are gone without having been destroyed. */
    long ended() {
        return leaked.sum() + failedCreates.sum();
    }

    PoolStats stats(PoolCounts counts, Destroyer<?> destroyer, long held) {
        long puts = counts.puts() + strayPuts.sum(); // before the gets, or what is out might be below 0
        long createdGets = creates.sum();
        long gets = counts.popped() + strayGets.sum() + createdGets;
        long destroyed = destroyer.destroyed(); // once: what the destroyer has in hand is either pending or destroyed
        long pending = destroyer.added() - destroyed;
        return new PoolStats(
                createdGets + added.sum(),
                gets + added.sum() - puts - discarded.sum() - leaked.sum(),
                counts.idle() - counts.victim() + held + pending,
                counts.victim(),
                destroyed,
                leaked.sum(),
                gets,
                counts.popped() - counts.sharedGets() - counts.stolenGets() - counts.victimGets(),
                counts.sharedGets(),
                counts.stolenGets() + strayGets.sum() - strayVictimGets.sum(),
                createdGets,
                counts.victimGets() + strayVictimGets.sum(),
                puts - added.sum(),
                counts.slots(),
                counts.stripes());
    }
}
