package io.forebay.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Bytes between direct memory and streams, which know only arrays: through a heap buffer of the same allocator. Not of the
 * same view, whose user did not ask for it and may have spent its budget. Where the allocator has none, as it is closed or at its
 * limit, through an array of the heap's: what is in use can be read and written all the same.
 */
final class Streams {
    private static final int CHUNK_BYTES = 8 << 10; // what java.io's own copies use

    private Streams() {}

    static void copy(PooledBuf from, int index, int length, OutputStream out) throws IOException {
        if (length == 0) {
            return;
        }
        ByteBuf chunk = chunk(from, length);
        try {
            int at = index;
            int left = length;
            while (left > 0) {
                int n = Math.min(left, CHUNK_BYTES);
                from.getBytes(at, chunk.array(), chunk.arrayOffset(), n);
                out.write(chunk.array(), chunk.arrayOffset(), n);
                at += n;
                left -= n;
            }
        } finally {
            giveBack(chunk);
        }
    }

    /**
     * Reads what one read of the stream has, and more of it only while there is some at once: a stream may have little now and
     * the rest when it is answered. Returns how many bytes, -1 if the stream has ended; what was read before a failure counts,
     * which the next read meets again.
     */
    static int fill(PooledBuf to, int index, int length, InputStream in) throws IOException {
        ByteBuf chunk = chunk(to, length);
        try {
            int done = read(in, chunk, length, to, index);
            int last = done;
            while (last == CHUNK_BYTES && done < length) {
                last = readAtOnce(in, chunk, length - done, to, index + done);
                done += last;
            }
            return done;
        } finally {
            giveBack(chunk);
        }
    }

    private static int read(InputStream in, ByteBuf chunk, int most, PooledBuf to, int index) throws IOException {
        int read = in.read(chunk.array(), chunk.arrayOffset(), Math.min(most, CHUNK_BYTES));
        if (read > 0) {
            to.setBytes(index, chunk.array(), chunk.arrayOffset(), read);
        }
        return read;
    }

    /** None if that would wait, has ended or fails. */
    private static int readAtOnce(InputStream in, ByteBuf chunk, int most, PooledBuf to, int index) {
        try {
            return in.available() > 0 ? Math.max(0, read(in, chunk, most, to, index)) : 0;
        } catch (IOException later) {
            return 0;
        }
    }

    private static ByteBuf chunk(PooledBuf of, int length) {
        int bytes = Math.max(1, Math.min(length, CHUNK_BYTES));
        try {
            return of.pools().allocator().heapBuffer(bytes);
        } catch (IllegalStateException | MemoryLimitError closedOrAtItsLimit) {
            return Unpooled.buffer(bytes, bytes);
        }
    }

    /** An array of the heap's is zeroed as that of a buffer would be, for whom that is wanted: it may have held a secret. */
    @SuppressWarnings("ReferenceEquality") // the very one
    private static void giveBack(ByteBuf chunk) {
        if (chunk.alloc() == UnpooledByteBufAllocator.DEFAULT) {
            chunk.setZero(0, chunk.capacity());
        }
        chunk.release();
    }
}
