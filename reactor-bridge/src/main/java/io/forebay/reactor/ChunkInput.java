package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;

/** What is read chunk by chunk, one at a time. Close is called once, never while a read is under way. */
interface ChunkInput extends Closeable {
    /** How many bytes the next read can need, at most {@code chunkBytes}; 0 if the end is known to be here. */
    int nextBytes(int chunkBytes) throws IOException;

    /**
     * Reads at most so many bytes into the buffer and moves its writer index. Returns how many there were, -1 at the end, or {@link
     * IoResult#LATER}: then it tells that, once, maybe before it returns, maybe on another thread. If it throws, it tells nothing.
     */
    int read(ByteBuf buffer, int bytes, IoResult result) throws IOException;
}
