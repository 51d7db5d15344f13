package io.forebay.reactor;

import io.netty.buffer.ByteBuf;

/** A buffer of {@link LimitRateBytes} that is out until its last reference is released. */
final class OutBuf extends TrackedBuf {
    private final LimitRateBytes limit;
    private final int bytes;

    /** Takes over the only reference. */
    OutBuf(ByteBuf buffer, LimitRateBytes limit, int bytes) {
        super(buffer);
        this.limit = limit;
        this.bytes = bytes;
    }

    @Override
    ByteBuf sharing(ByteBuf view) {
        return new OutBuf(view, limit, bytes);
    }

    @Override
    void lastReleased() {
        limit.returned(bytes);
    }
}
