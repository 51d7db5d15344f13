package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;

/** What is written to chunk by chunk, one at a time. Close is called once, never while a write is under way. */
interface ChunkOutput extends Closeable {
    /** Where the first byte goes. */
    long startPosition() throws IOException;

    /**
     * Writes all readable bytes. Returns how many there were, or {@link IoResult#LATER}: then it tells that, once, maybe before it
     * returns, maybe on another thread. If it throws, it tells nothing.
     */
    int write(ByteBuf buffer, IoResult result) throws IOException;
}
