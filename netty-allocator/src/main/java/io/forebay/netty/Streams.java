package io.forebay.netty;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Bytes between direct memory and streams, which know only arrays: through a heap buffer of the same allocator. Not of the
 * same view, whose user did not ask for it and may have spent its budget.
 */
final class Streams {
    private static final int CHUNK_BYTES = 8 << 10; // what java.io's own copies use

    private Streams() {}

    static void copy(PooledBuf from, int index, int length, OutputStream out) throws IOException {
        if (length == 0) {
            return;
        }
        ByteBuf chunk = from.pools().allocator().heapBuffer(Math.min(length, CHUNK_BYTES));
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
            chunk.release();
        }
    }

    /** Reads until {@code length} bytes are there or the stream ends; returns how many, -1 if it ended at once. */
    static int fill(PooledBuf to, int index, int length, InputStream in) throws IOException {
        ByteBuf chunk = to.pools().allocator().heapBuffer(Math.max(1, Math.min(length, CHUNK_BYTES)));
        try {
            int done = 0;
            while (true) {
                int n = in.read(chunk.array(), chunk.arrayOffset(), Math.min(length - done, CHUNK_BYTES));
                if (n < 0) {
                    return done == 0 ? -1 : done;
                }
                to.setBytes(index + done, chunk.array(), chunk.arrayOffset(), n);
                done += n;
                if (done == length) {
                    return done;
                }
            }
        } finally {
            chunk.release();
        }
    }
}
