package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
        ByteBuf length = roomBefore(frame.buffer());
        for (int shift = 8 * (lengthFieldBytes - 1); shift >= 0; shift -= 8) {
            length.writeByte((int) ((long) bytes >>> shift));
        }
        return JoinedPieces.join(List.of(Lease.adopt(length), frame));
    }

    /** Direct where the frame is: else both together would not be, and a transport would copy them and release the frame at once. */
    private ByteBuf roomBefore(ByteBuf frame) {
        if (frame.isDirect() && frame.isReadable()) {
            try {
                return allocator(frame).directBuffer(lengthFieldBytes, lengthFieldBytes);
            } catch (IllegalStateException | OutOfMemoryError closedOrAtItsLimit) { // the allocator or its budget
                // then it has to be copied
            }
        }
        return Unpooled.buffer(lengthFieldBytes, lengthFieldBytes);
    }

    /** Whose memory it is; composites say nothing of that. */
    private static ByteBufAllocator allocator(ByteBuf frame) {
        ByteBuf at = frame;
        ByteBuf below = below(at);
        while (below != null) {
            at = below;
            below = below(at);
        }
        return at.alloc();
    }

    private static @Nullable ByteBuf below(ByteBuf at) {
        return at instanceof CompositeByteBuf composite && composite.numComponents() > 0
                ? composite.component(0)
                : at.unwrap();
    }
}
