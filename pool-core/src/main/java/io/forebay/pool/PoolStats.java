package io.forebay.pool;

/**
 * What a pool has done and holds. At every quiet point, that is when no operation is under way and the reader is ordered
 * after all of them, {@code created = handedOut + idle + victim + destroyed + leaked}; otherwise it may be off by what is
 * in flight.
 *
 * @param created items the factory made, and those given with {@link Pool#add}
 * @param handedOut items that callers hold
 * @param idle items that wait in the pool and were used since the last cycle, and those that wait for the destructor
 * @param victim items that wait in the pool and were idle when the last cycle ended: the next destroys them
 * @param destroyed items given to the destructor
 * @param leaked items {@linkplain Pool#writeOff written off}
 * @param gets gets that returned an item, whatever its source
 * @param privateGets of these, from the private stack
 * @param sharedGets of these, from the chain of the caller's own slot
 * @param stolenGets of these, from another slot's chain
 * @param createdGets of these, made by the factory
 * @param victimGets gets that took a victim; these are also counted by where the victim lay
 * @param puts items given back, whether kept or destroyed
 * @param slots the slots there are now, owned and striped
 * @param stripes of these, the striped ones
 */
public record PoolStats(
        long created,
        long handedOut,
        long idle,
        long victim,
        long destroyed,
        long leaked,
        long gets,
        long privateGets,
        long sharedGets,
        long stolenGets,
        long createdGets,
        long victimGets,
        long puts,
        int slots,
        int stripes) {}
