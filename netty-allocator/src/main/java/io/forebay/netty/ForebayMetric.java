package io.forebay.netty;

import io.forebay.pool.BudgetStats;
import io.netty.buffer.ByteBufAllocatorMetric;
import java.util.List;

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

    /**
     * The parts of {@link #direct()} by size class: the classes that were ever used, smallest first, and last all that is
     * unpooled. At a quiet point they add up to it.
     */
    List<ClassStats> directClasses();

    /** The parts of {@link #heap()} likewise. */
    List<ClassStats> heapClasses();

    /** What of direct memory waits with each event loop that uses the allocator, in no order. */
    List<LoopStats> directLoops();

    /** What of heap memory waits with each event loop. */
    List<LoopStats> heapLoops();

    /**
     * The budgets that memory of the allocator is charged to, each once: first those of what it holds from the system, by kind
     * and altogether, with those above; then those of its {@linkplain ForebayAllocator#withBudget views} that the program
     * still has, which are charged for what is in use, with those above.
     */
    List<BudgetStats> budgets();
}
