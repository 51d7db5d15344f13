package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;

/** A stream, from where it is. */
final class StreamOutput implements ChunkOutput {
    private final OutputStream stream;

    StreamOutput(OutputStream stream) {
        this.stream = stream;
    }

    @Override
    public long startPosition() {
        return 0;
    }

    @Override
    public int write(ByteBuf buffer, IoResult result) throws IOException {
        int bytes = buffer.readableBytes();
        buffer.readBytes(stream, bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
