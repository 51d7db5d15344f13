package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;

/** What is written to chunk by chunk, one at a time. Close is called once, never while a write is under way. */
interface ChunkOutput extends Closeable {
    /** Where the first byte goes. */
    long startPosition() throws IOException;

    /**
     * Writes all readable bytes. Tells how many there were, once, maybe before it returns, maybe on another thread; if it
     * throws, it tells nothing.
     */
    void write(ByteBuf buffer, IoResult result) throws IOException;
}
