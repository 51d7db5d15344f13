package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.Function;

/** Puts a lease's length, an unsigned big-endian number, in front of it. */
final class PrependLength implements Function<Lease, Lease> {
    private final int lengthFieldBytes;

    PrependLength(int lengthFieldBytes) {
        this.lengthFieldBytes = lengthFieldBytes;
    }

    @Override
    public Lease apply(Lease frame) {
        int bytes = frame.buffer().readableBytes();
        long mostBytes = lengthFieldBytes >= Integer.BYTES ? Integer.MAX_VALUE : (1L << (8 * lengthFieldBytes)) - 1;
        if (bytes > mostBytes) {
            throw new ByteLimitExceededException("prependLength", mostBytes, bytes);
        }
        ByteBuf length = Unpooled.buffer(lengthFieldBytes, lengthFieldBytes);
        for (int shift = 8 * (lengthFieldBytes - 1); shift >= 0; shift -= 8) {
            length.writeByte((int) ((long) bytes >>> shift));
        }
        return JoinedPieces.join(List.of(Lease.adopt(length), frame));
    }
}
