package io.forebay.netty;

import io.forebay.pool.PoolStats;

/** Adds up the pools of a kind of memory. */
final class StatsSum {
    private long inUseBytes;
    private long idleBytes;
    private long victimBytes;
    private long created;
    private long inUse;
    private long idle;
    private long victim;
    private long destroyed;
    private long leaked;
    private long privateGets;
    private long sharedGets;
    private long stolenGets;
    private long victimGets;
    private long createdGets;

    void add(PoolStats stats, int classBytes) {
        created += stats.created();
        inUse += stats.handedOut();
        idle += stats.idle();
        victim += stats.victim();
        destroyed += stats.destroyed();
        leaked += stats.leaked();
        inUseBytes += stats.handedOut() * classBytes;
        idleBytes += stats.idle() * classBytes;
        victimBytes += stats.victim() * classBytes;
        privateGets += stats.privateGets();
        sharedGets += stats.sharedGets();
        stolenGets += stats.stolenGets();
        victimGets += stats.victimGets();
        createdGets += stats.createdGets();
    }

    /** What is on its way home is out for its pool, but nobody's any more. */
    void addReturned(long buffers, long bytes) {
        inUse -= buffers;
        idle += buffers;
        inUseBytes -= bytes;
        idleBytes += bytes;
    }

    void addUnpooled(long unpooledCreated, long unpooledDestroyed, long unpooledLeaked, long bytes) {
        created += unpooledCreated;
        destroyed += unpooledDestroyed;
        leaked += unpooledLeaked;
        inUse += unpooledCreated - unpooledDestroyed - unpooledLeaked;
        inUseBytes += bytes;
        createdGets += unpooledCreated;
    }

    ClassStats toClassStats(int capacityBytes) {
        return new ClassStats(
                capacityBytes, inUseBytes, idleBytes, victimBytes, created, inUse, idle, victim, destroyed, leaked);
    }

    MemoryStats toStats(MemoryLimit limit, long retiredBytes) {
        long reservedBytes = limit.reservedBytes();
        return new MemoryStats(
                reservedBytes,
                inUseBytes,
                idleBytes,
                victimBytes,
                reservedBytes - inUseBytes - idleBytes - victimBytes,
                retiredBytes,
                limit.limitBytes(),
                limit.hits(),
                created,
                inUse,
                idle,
                victim,
                destroyed,
                leaked,
                privateGets,
                sharedGets,
                stolenGets,
                victimGets,
                createdGets);
    }
}
