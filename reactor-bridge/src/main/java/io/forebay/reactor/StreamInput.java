package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;

/** A stream, to its end. */
final class StreamInput implements ChunkInput {
    private final InputStream stream;

    StreamInput(InputStream stream) {
        this.stream = stream;
    }

    @Override
    public int nextBytes(int chunkBytes) {
        return chunkBytes;
    }

    @Override
    public int read(ByteBuf buffer, int bytes, IoResult result) throws IOException {
        return buffer.writeBytes(stream, bytes);
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
