package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;

/** Buffers with one reference beyond their lease's, so that a second release is seen and not refused. */
final class Counted {
    private Counted() {}

    static ByteBuf make() {
        return new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, 1, 1).retain();
    }

    /** How many references leases still have; below 0 if they have released more than they had. */
    static int held(ByteBuf... buffers) {
        int held = 0;
        for (ByteBuf buffer : buffers) {
            held += buffer.refCnt() - 1;
        }
        return held;
    }
}
