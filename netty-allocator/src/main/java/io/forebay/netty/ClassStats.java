package io.forebay.netty;

/**
 * What the buffers of one size class are doing, at one moment; the parts of {@link MemoryStats}, which are their sums at
 * every quiet point. {@code created = inUse + idle + victim + destroyed + leaked}.
 *
 * @param capacityBytes what a buffer of the class occupies; {@link #UNPOOLED} for all that belong to no class
 * @param inUseBytes handed out
 * @param idleBytes waiting in a pool
 * @param victimBytes waiting in a pool and unused since the last cycle ended
 * @param created buffers made
 * @param inUse buffers handed out
 * @param idle buffers waiting in a pool, or on their way back to one
 * @param victim buffers waiting in a pool and unused since the last cycle ended
 * @param destroyed buffers whose memory was let go
 * @param leaked buffers that were garbage-collected without a release
 */
public record ClassStats(
        int capacityBytes,
        long inUseBytes,
        long idleBytes,
        long victimBytes,
        long created,
        long inUse,
        long idle,
        long victim,
        long destroyed,
        long leaked) {
    /**
     * The capacity given for buffers that belong to no class, as they have no common one: those too large for any, and large
     * ones that are made for one life while buffers of other sizes lie idle.
     */
    public static final int UNPOOLED = 0;
}
