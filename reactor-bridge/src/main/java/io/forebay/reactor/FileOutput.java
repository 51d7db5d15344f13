package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
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

    @Override
    public void write(ByteBuf buffer, IoResult result) throws IOException {
        int bytes = buffer.readableBytes();
        while (buffer.isReadable()) {
            position += buffer.readBytes(channel, position, buffer.readableBytes());
        }
        result.done(bytes);
    }

    @Override
    public void close() throws IOException {
        if (closes) {
            channel.close();
        }
    }
}
