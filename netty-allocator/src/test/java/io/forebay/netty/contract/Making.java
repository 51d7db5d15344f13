package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import java.util.function.Supplier;

/** The detours by which some {@link BufferKind}s come to be. */
final class Making {
    private static final int SLICE_OFFSET = 16;

    private Making() {}

    /** Reaches the capacity in growing steps, each of which leaves the size class of the one before. */
    static ByteBuf grown(ByteBuf buf, int capacity) {
        for (int step = 100; step < capacity; step += step / 2) {
            buf.capacity(step);
        }
        return buf.capacity(capacity);
    }

    /** A slice is made full; empty it as an allocated buffer is. */
    static ByteBuf sliced(ByteBuf root, int length) {
        return root.slice(SLICE_OFFSET, length).clear();
    }

    static ByteBuf retainedSlice(ByteBuf root, int length) {
        ByteBuf slice = root.retainedSlice(SLICE_OFFSET, length).clear();
        root.release();
        return slice;
    }

    static ByteBuf retainedDuplicate(ByteBuf root) {
        ByteBuf duplicate = root.retainedDuplicate();
        root.release();
        return duplicate;
    }

    /** Releases a buffer in as untidy a state as possible; a pool will hand it out again. */
    static ByteBuf recycled(Supplier<ByteBuf> allocation) {
        ByteBuf dirty = allocation.get();
        dirty.retain(3).release(3);
        for (int i = 0; i < dirty.capacity(); i++) {
            dirty.setByte(i, 0xAA);
        }
        dirty.setIndex(1, dirty.capacity() - 1).markReaderIndex().markWriterIndex();
        dirty.internalNioBuffer(1, 2);
        dirty.release();
        return allocation.get();
    }

    /** Lets views outlive the reference the buffer was allocated with, then allocates again. */
    static ByteBuf afterFreedViews(Supplier<ByteBuf> allocation) {
        ByteBuf root = allocation.get();
        ByteBuf slice = root.retainedSlice(1, 2);
        ByteBuf duplicate = slice.retainedDuplicate();
        root.release();
        slice.release();
        duplicate.release();
        return allocation.get();
    }
}
