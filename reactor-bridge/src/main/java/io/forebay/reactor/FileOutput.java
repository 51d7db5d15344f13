package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A file from a position on. */
final class FileOutput implements ChunkOutput {
    private final FileChannel channel;
    private final long startPosition;
    private final boolean closes;
    private long position;

    /** @param closes whether the channel is this one's to close */
    FileOutput(FileChannel channel, long position, boolean closes) {
        this.channel = channel;
        this.startPosition = position;
        this.closes = closes;
        this.position = position;
    }

    @Override
    public long startPosition() {
        return startPosition;
    }

    /** Not by the buffer's own methods: of a composite, they leave out what one write did not take of a part. */
    @Override
    public int write(ByteBuf buffer, IoResult result) throws IOException {
        for (ByteBuffer part : buffer.nioBuffers()) {
            while (part.hasRemaining()) {
                position += channel.write(part, position);
            }
        }
        int bytes = buffer.readableBytes();
        buffer.skipBytes(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        if (closes) {
            channel.close();
        }
    }
}
