package io.forebay.reactor;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.concurrent.atomic.AtomicLong;

/** Heap buffers, and the most bytes of them there ever were at once: counted as each is made and freed. */
final class PeakAllocator extends AbstractByteBufAllocator {
    private static final class CountedBuf extends UnpooledHeapByteBuf {
        CountedBuf(PeakAllocator allocator, int initialCapacity, int maxCapacity) {
            super(allocator, initialCapacity, maxCapacity);
        }

        private void count(long bytes) { // also called before this class's own fields would be set
            ((PeakAllocator) alloc()).count(bytes);
        }

        @Override
        protected byte[] allocateArray(int initialCapacity) {
            count(initialCapacity);
            return super.allocateArray(initialCapacity);
        }

        @Override
        protected void freeArray(byte[] array) {
            super.freeArray(array);
            count(-array.length);
        }
    }

    private final AtomicLong used = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    PeakAllocator() {
        super(/* preferDirect= */ false);
    }

    private void count(long bytes) {
        long now = used.addAndGet(bytes);
        if (bytes > 0) {
            peak.accumulateAndGet(now, Math::max);
        }
    }

    long used() {
        return used.get();
    }

    long peak() {
        return peak.get();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new CountedBuf(this, initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
