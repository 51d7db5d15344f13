package io.forebay.netty;

import java.time.Duration;

/**
 * What is known of a buffer that was garbage-collected without having been released.
 *
 * @param allocator the name of its allocator
 * @param direct whether its memory was direct: that stays reserved for good, as a view may still point to it; a heap
 *     buffer's array is the garbage collector's
 * @param capacityBytes the bytes it occupied: those of its size class, or its own where it was too large for any
 * @param age the time since the buffer was made. It may have been handed out many times since, so this is an upper bound
 *     of how long ago the life began that was not ended by a release
 * @param sampled whether Netty's leak detector watched this life: then its own report says where the buffer was used
 */
public record LeakReport(String allocator, boolean direct, int capacityBytes, Duration age, boolean sampled) {}
