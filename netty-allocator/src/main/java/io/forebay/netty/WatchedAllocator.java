package io.forebay.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Predicate;

/**
 * Hands out another allocator's buffers, and says when it finds no memory for one; not when a buffer finds none to grow. Who
 * is told may have what is small served all the same, from the heap and beside all limits.
 */
final class WatchedAllocator extends AbstractByteBufAllocator {
    private static final int SMALL_BYTES = 256; // what Netty begins with where it asks for no size, as for headers

    private final ByteBufAllocator watched;
    private final Predicate<? super OutOfMemoryError> failed;

    /**
     * Watches an allocator.
     *
     * @param failed told on the thread that allocates; whether small buffers that need not be direct are to be served
     */
    WatchedAllocator(ByteBufAllocator watched, Predicate<? super OutOfMemoryError> failed) {
        this.watched = watched;
        this.failed = failed;
    }

    ByteBufAllocator watched() {
        return watched;
    }

    @Override
    public ByteBuf buffer() {
        try {
            return watched.buffer();
        } catch (OutOfMemoryError none) {
            return served(none, SMALL_BYTES, Integer.MAX_VALUE);
        }
    }

    @Override
    public ByteBuf buffer(int initialCapacity) {
        try {
            return watched.buffer(initialCapacity);
        } catch (OutOfMemoryError none) {
            return served(none, initialCapacity, Integer.MAX_VALUE);
        }
    }

    @Override
    public ByteBuf buffer(int initialCapacity, int maxCapacity) {
        try {
            return watched.buffer(initialCapacity, maxCapacity);
        } catch (OutOfMemoryError none) {
            return served(none, initialCapacity, maxCapacity);
        }
    }

    private ByteBuf served(OutOfMemoryError none, int initialCapacity, int maxCapacity) {
        if (failed.test(none) && initialCapacity <= SMALL_BYTES) {
            return Unpooled.buffer(initialCapacity, maxCapacity);
        }
        throw none;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        try {
            return watched.heapBuffer(initialCapacity, maxCapacity);
        } catch (OutOfMemoryError none) {
            boolean unused = failed.test(none);
            throw none;
        }
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        try {
            return watched.directBuffer(initialCapacity, maxCapacity);
        } catch (OutOfMemoryError none) {
            boolean unused = failed.test(none);
            throw none;
        }
    }

    @Override
    public CompositeByteBuf compositeBuffer() {
        return watched.compositeBuffer();
    }

    @Override
    public CompositeByteBuf compositeBuffer(int maxNumComponents) {
        return watched.compositeBuffer(maxNumComponents);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return watched.isDirectBufferPooled();
    }

    @Override
    public int calculateNewCapacity(int minNewCapacity, int maxCapacity) {
        return watched.calculateNewCapacity(minNewCapacity, maxCapacity);
    }

    @Override
    public String toString() {
        return "WatchedAllocator(" + watched + ')';
    }
}
