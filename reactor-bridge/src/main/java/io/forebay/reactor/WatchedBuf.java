package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** A buffer with a reference count of its own, which tells when that ends, whoever else holds the memory. */
final class WatchedBuf extends CompositeByteBuf {
    private final Runnable whenReleased;

    private WatchedBuf(ByteBuf buffer, Runnable whenReleased) {
        super(UnpooledByteBufAllocator.DEFAULT, /* direct= */ false, /* maxNumComponents= */ 1, buffer);
        this.whenReleased = whenReleased;
    }

    /**
     * The readable bytes of the buffer, whose reference it takes over. A slice, because Netty takes composite buffers apart
     * or adds to them where it finds them, and the count would end before its bytes.
     */
    static ByteBuf wrap(ByteBuf buffer, Runnable whenReleased) {
        return new WatchedBuf(buffer, whenReleased).slice();
    }

    @Override
    protected void deallocate() {
        try {
            super.deallocate();
        } finally {
            whenReleased.run();
        }
    }
}
