package io.forebay.netty;

/**
 * What one kind of memory (heap or direct) of an allocator is doing, at one moment.
 *
 * <p>Bytes: {@code reserved = inUse + idle + victim + unusable}. Buffers: {@code created = inUse + idle + victim +
 * destroyed + leaked}. Both hold exactly at every quiet point; while threads are busy they are off by what is in flight: what
 * is taken or released while the statistics are read, and of the buffers that other threads have released, which are idle
 * from then on, those that arrive at their event loop meanwhile, which may still show as in use.
 *
 * @param reservedBytes held from the system
 * @param inUseBytes handed out, counted by the capacity a buffer occupies
 * @param idleBytes waiting in a pool
 * @param victimBytes waiting in a pool and unused since the last cycle ended
 * @param unusableBytes the rest of reserved: parts of slabs that no buffer occupies, and what is retired
 * @param retiredBytes of unusable, the memory of direct buffers that leaked: a view may still point to it, so it is never
 *     handed out again and never given back
 * @param limitBytes what reserved may not exceed, {@link Long#MAX_VALUE} if there is no limit; heap and direct memory share
 *     the allocator's
 * @param limitHits requests that failed for a limit
 * @param created buffers made
 * @param inUse buffers handed out
 * @param idle buffers waiting in a pool
 * @param victim buffers waiting in a pool and unused since the last cycle ended
 * @param destroyed buffers whose memory was let go
 * @param leaked buffers that were garbage-collected without a release
 * @param privateGets allocations served from the private stack of the calling thread's slot
 * @param sharedGets allocations served from the shared chain of the calling thread's slot
 * @param stolenGets allocations served from another slot
 * @param victimGets allocations that took a victim, wherever it lay, and are not counted with the three before
 * @param createdGets allocations that had to make a buffer
 */
public record MemoryStats(
        long reservedBytes,
        long inUseBytes,
        long idleBytes,
        long victimBytes,
        long unusableBytes,
        long retiredBytes,
        long limitBytes,
        long limitHits,
        long created,
        long inUse,
        long idle,
        long victim,
        long destroyed,
        long leaked,
        long privateGets,
        long sharedGets,
        long stolenGets,
        long victimGets,
        long createdGets) {}
