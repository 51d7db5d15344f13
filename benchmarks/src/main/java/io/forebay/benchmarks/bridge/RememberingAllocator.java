package io.forebay.benchmarks.bridge;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Gives the buffers of an allocator that does not say how many are in use, and remembers them: for a check, not to be timed. */
final class RememberingAllocator extends AbstractByteBufAllocator {
    private final ByteBufAllocator allocator;
    private final Set<ByteBuf> given = Collections.newSetFromMap(new IdentityHashMap<>());

    RememberingAllocator(ByteBufAllocator allocator) {
        super(/* preferDirect= */ true);
        this.allocator = allocator;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return remember(allocator.heapBuffer(initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return remember(allocator.directBuffer(initialCapacity, maxCapacity));
    }

    private ByteBuf remember(ByteBuf buffer) {
        given.add(buffer);
        return buffer;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return allocator.isDirectBufferPooled();
    }

    /** A buffer that came back and was given again is one. */
    long inUse() {
        return given.stream().filter(buffer -> buffer.refCnt() > 0).count();
    }
}
