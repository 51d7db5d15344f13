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
        ByteBuf room = roomForAll(frame.buffer());
        if (room != null) {
            return copied(frame, room);
        }
        ByteBuf length = roomBefore(frame.buffer());
        writeLength(bytes, length);
        return JoinedPieces.join(List.of(Lease.adopt(length), frame));
    }

    private void writeLength(int bytes, ByteBuf room) {
        for (int shift = 8 * (lengthFieldBytes - 1); shift >= 0; shift -= 8) {
            room.writeByte((int) ((long) bytes >>> shift));
        }
    }

    /** For both, where a copy of the frame takes no longer than to join them. */
    private @Nullable ByteBuf roomForAll(ByteBuf frame) {
        int bytes = frame.readableBytes();
        int all = bytes + lengthFieldBytes;
        return bytes > 0 && JoinedPieces.isCopied(all, bytes, /* parts= */ 1)
                ? JoinedPieces.roomLike(frame, all)
                : null;
    }

    /** Takes both over, also if this throws. */
    private Lease copied(Lease frame, ByteBuf room) {
        LeaseScope scope = frame.scope();
        ByteBuf buffer = null; // its reference is this one's, so that nobody takes it away under the copy
        boolean isCopied = false;
        try {
            buffer = frame.detach();
            writeLength(buffer.readableBytes(), room);
            room.writeBytes(buffer, buffer.readerIndex(), buffer.readableBytes());
            isCopied = true;
        } finally {
            Throwable failure = buffer == null ? null : Failures.close(buffer::release, /* before= */ null);
            if (!isCopied || failure != null) {
                room.release();
            }
            Failures.throwIfAny(failure);
        }
        return Lease.create(room, room.capacity(), scope);
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
