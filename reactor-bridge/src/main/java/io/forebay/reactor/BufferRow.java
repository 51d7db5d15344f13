package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Buffers in a row that are in no lease, with a reference each, which become one lease, as {@link ByteRun} makes it of leases:
 * the one there is, a copy, or a composite. For one thread at a time.
 */
final class BufferRow implements AutoCloseable {
    private static final @Nullable ByteBuf[] NO_ROOM = new ByteBuf[0];
    private static final int FIRST_ROOM = 8;

    private @Nullable ByteBuf[] buffers = NO_ROOM;
    private int count;
    private long readableBytes;

    /** Takes the reference over, also if this throws; a buffer without bytes is released. */
    void add(ByteBuf buffer) {
        int bytes = buffer.readableBytes();
        if (bytes == 0) {
            buffer.release();
            return;
        }
        if (count == buffers.length) {
            growOrRelease(buffer);
        }
        buffers[count] = buffer;
        count++;
        readableBytes += bytes;
    }

    private void growOrRelease(ByteBuf buffer) {
        boolean grown = false;
        try {
            buffers = Arrays.copyOf(buffers, Math.max(FIRST_ROOM, 2 * count));
            grown = true;
        } finally {
            if (!grown) { // the heap is full
                buffer.release();
            }
        }
    }

    long readableBytes() {
        return readableBytes;
    }

    /** All, of which there are no more than fit into a buffer, and at least one. */
    Lease takeAll() {
        int bytes = (int) readableBytes;
        ByteBuf first = get(0);
        if (count == 1) {
            forgetAll();
            return Lease.adopt(first);
        }
        ByteBuf room = JoinedPieces.roomFor(first, bytes, count);
        return room == null ? joined() : Lease.adopt(copied(room));
    }

    private ByteBuf get(int place) {
        return Objects.requireNonNull(buffers[place], "place");
    }

    private Lease joined() {
        ByteBuf[] joined = new ByteBuf[count];
        long cost = 0;
        for (int place = 0; place < count; place++) {
            joined[place] = get(place);
            cost += joined[place].capacity();
        }
        forgetAll();
        return JoinedPieces.join(joined, cost, /* scope= */ null);
    }

    private ByteBuf copied(ByteBuf room) {
        boolean isCopied = false;
        try {
            for (int place = 0; place < count; place++) {
                ByteBuf buffer = get(place);
                room.writeBytes(buffer, buffer.readerIndex(), buffer.readableBytes());
            }
            close();
            isCopied = true;
            return room;
        } finally {
            if (!isCopied) { // a buffer was released by somebody else
                room.release();
            }
        }
    }

    /** Releases all, also where one cannot be; then throws what that threw. */
    @Override
    public void close() {
        Throwable failure = null;
        for (int place = 0; place < count; place++) {
            failure = Failures.close(get(place)::release, failure);
        }
        forgetAll();
        Failures.throwIfAny(failure);
    }

    private void forgetAll() {
        buffers = NO_ROOM;
        count = 0;
        readableBytes = 0;
    }
}
