package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.FileChannel;

/** A part of a file. */
final class FileInput implements ChunkInput {
    private final FileChannel channel;
    private final boolean closes;
    private long position;
    private long leftBytes;

    /** @param closes whether the channel is this one's to close */
    FileInput(FileChannel channel, long position, long bytes, boolean closes) {
        this.channel = channel;
        this.closes = closes;
        this.position = position;
        this.leftBytes = bytes;
    }

    @Override
    public int nextBytes(int chunkBytes) throws IOException {
        return FileRegions.nextBytes(channel.size(), position, leftBytes, chunkBytes);
    }

    @Override
    public void read(ByteBuf buffer, int bytes, IoResult result) throws IOException {
        int read = buffer.writeBytes(channel, position, bytes);
        if (read > 0) {
            position += read;
            leftBytes -= read;
        }
        result.done(read);
    }

    @Override
    public void close() throws IOException {
        if (closes) {
            channel.close();
        }
    }
}
