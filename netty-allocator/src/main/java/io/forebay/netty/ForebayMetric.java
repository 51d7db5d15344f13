package io.forebay.netty;

import io.netty.buffer.ByteBufAllocatorMetric;

/**
 * What a {@link ForebayAllocator} holds and does; {@link #usedDirectMemory()} and {@link #usedHeapMemory()} are the
 * bytes reserved from the system, as for Netty's own allocators. Reading costs no allocation on the hot path and walks
 * slots, not buffers; it is safe from any thread.
 */
public interface ForebayMetric extends ByteBufAllocatorMetric {
    /** The state of direct memory. */
    MemoryStats direct();

    /** The state of heap memory. */
    MemoryStats heap();
}
