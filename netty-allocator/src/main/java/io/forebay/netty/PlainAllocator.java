package io.forebay.netty;

import io.netty.buffer.ByteBuf;

/** An allocator that does nothing for its buffers beyond handing them out and taking them back. */
final class PlainAllocator extends ForebayAllocator {
    // A class of its own, and not a branch, so that no allocation asks which of the two it is.

    PlainAllocator(ForebayAllocatorBuilder builder) {
        super(builder);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(heap.take(initialCapacity).handOut(initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(direct.take(initialCapacity).handOut(initialCapacity, maxCapacity));
    }
}
