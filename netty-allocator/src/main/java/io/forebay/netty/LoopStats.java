package io.forebay.netty;

/**
 * What waits with one event loop, of one kind of memory, at one moment. The rest of what is idle waits where other threads
 * put it.
 *
 * @param thread the name of the loop's thread
 * @param idle buffers waiting in the loop's slots, victims included
 * @param idleBytes their bytes
 * @param returning buffers that other threads released and the loop has yet to take back; they count as idle
 * @param returningBytes their bytes
 */
public record LoopStats(String thread, long idle, long idleBytes, long returning, long returningBytes) {}
