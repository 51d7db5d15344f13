package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a lease's length, an unsigned big-endian number, in front of it. */
final class PrependLength {
    private final int lengthFieldBytes;

    PrependLength(int lengthFieldBytes) {
        this.lengthFieldBytes = lengthFieldBytes;
    }

    Lease apply(Lease frame) {
        requireFits(frame.buffer());
        ByteBuf room = roomForAll(frame.buffer());
        return room == null ? joined(frame) : copied(frame, room);
    }

    /** The same for a frame that is in no lease yet: takes its reference over, also if this throws. */
    Lease apply(ByteBuf frame) {
        Lease inside = null;
        boolean isTaken = false;
        try {
            requireFits(frame);
            ByteBuf room = roomForAll(frame);
            if (room != null) {
                isTaken = true;
                return copied(frame, room, /* scope= */ null);
            }
            inside = Lease.adoptInside(frame);
            Lease joined = joined(inside);
            isTaken = true;
            return joined;
        } finally {
            if (!isTaken) {
                Lease.close(inside, frame);
            }
        }
    }

    private void requireFits(ByteBuf frame) {
        long mostBytes = lengthFieldBytes >= Integer.BYTES ? Integer.MAX_VALUE : (1L << (8 * lengthFieldBytes)) - 1;
        if (frame.readableBytes() > mostBytes) {
            throw new ByteLimitExceededException("prependLength", mostBytes, frame.readableBytes());
        }
    }

    private void writeLength(int bytes, ByteBuf room) {
        switch (lengthFieldBytes) {
            case Short.BYTES -> room.writeShort(bytes);
            case Integer.BYTES -> room.writeInt(bytes);
            case Long.BYTES -> room.writeLong(bytes);
            default -> {
                for (int shift = 8 * (lengthFieldBytes - 1); shift >= 0; shift -= 8) {
                    room.writeByte((int) ((long) bytes >>> shift));
                }
            }
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
        try {
            buffer = frame.detach();
        } finally {
            if (buffer == null) {
                room.release();
            }
        }
        return copied(buffer, room, scope);
    }

    private Lease copied(ByteBuf frame, ByteBuf room, @Nullable LeaseScope scope) {
        boolean isCopied = false;
        try {
            writeLength(frame.readableBytes(), room);
            room.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
            isCopied = true;
        } finally {
            Throwable failure = Failures.close(frame::release, /* before= */ null);
            if (!isCopied || failure != null) {
                room.release();
            }
            Failures.throwIfAny(failure);
        }
        return Lease.create(room, room.capacity(), scope);
    }

    private Lease joined(Lease frame) {
        ByteBuf length = roomBefore(frame.buffer());
        writeLength(frame.buffer().readableBytes(), length);
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
