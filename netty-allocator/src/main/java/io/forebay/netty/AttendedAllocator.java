package io.forebay.netty;

import io.netty.buffer.ByteBuf;

/** An allocator that has an {@link Aftercare} attend to all its buffers. */
final class AttendedAllocator extends ForebayAllocator {
    private final Aftercare aftercare;

    AttendedAllocator(ForebayAllocatorBuilder builder) {
        super(builder);
        aftercare = new Aftercare(this, null, builder.zeroOnRelease());
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(aftercare.handOut(heap, initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(aftercare.handOut(direct, initialCapacity, maxCapacity));
    }
}
