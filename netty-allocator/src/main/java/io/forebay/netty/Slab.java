package io.forebay.netty;

import io.netty.util.internal.CleanableDirectBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A piece of direct memory as it came from the system, cut into segments of one size. */
final class Slab {
    private final CleanableDirectBuffer memory;
    final ByteBuffer buffer; // position, limit and order are never changed: it is read by absolute index only
    final long address; // 0 if unknown
    final int bytes;

    // Under the lock of the slab's class.
    private final int[] freeSegments;
    private int free;

    // Its neighbours among the open ones: see OpenSlabs.
    @Nullable
    Slab before;

    @Nullable
    Slab after;

    Slab(int segmentBytes, int segments) {
        bytes = segmentBytes * segments;
        freeSegments = new int[segments]; // before the memory, which would be lost if the heap had no room for it
        for (int i = 0; i < segments; i++) {
            freeSegments[i] = (segments - 1 - i) * segmentBytes;
        }
        free = segments;
        memory = NettyInternals.allocate(bytes);
        buffer = memory.buffer();
        address = NettyInternals.addressOf(memory);
    }

    /** The offset of the segment that is taken next. */
    int next() {
        return freeSegments[free - 1];
    }

    /** Takes the segment at {@link #next}. */
    void take() {
        free--;
    }

    void giveBack(int offset) {
        assert free < freeSegments.length : "more segments than the slab has: offset=" + offset;
        freeSegments[free] = offset;
        free++;
    }

    boolean isExhausted() {
        return free == 0;
    }

    boolean isUnused() {
        return free == freeSegments.length;
    }

    int free() {
        return free;
    }

    /** Returns the memory to the system; nothing may point to it any more. */
    void freeMemory() {
        memory.clean();
    }
}
