package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of a file. */
final class FileInput implements ChunkInput {
    private final FileChannel channel;
    private final boolean closes;
    private final FileRegion region;

    /** @param closes whether the channel is this one's to close */
    FileInput(FileChannel channel, long position, long bytes, boolean closes) {
        this.channel = channel;
        this.closes = closes;
        this.region = new FileRegion(channel::size, position, bytes);
    }

    @Override
    public int nextBytes(int chunkBytes) throws IOException {
        return region.nextBytes(chunkBytes);
    }

    /** Not by the buffer's own methods: they take a channel that is closed meanwhile for the end of the file. */
    @Override
    public int read(ByteBuf buffer, int bytes, IoResult result) throws IOException {
        int filled = 0;
        for (ByteBuffer part : buffer.nioBuffers(buffer.writerIndex(), bytes)) { // a composite has several
            filled += fill(part);
        }
        if (filled < bytes) {
            region.endIsHere();
        }
        buffer.writerIndex(buffer.writerIndex() + filled);
        return filled == 0 ? -1 : filled;
    }

    /** To the brim, or to the end of the file. */
    private int fill(ByteBuffer part) throws IOException {
        int filled = 0;
        while (part.hasRemaining()) {
            int read = channel.read(part, region.position());
            if (read < 0) {
                return filled;
            }
            region.read(read);
            filled += read;
        }
        return filled;
    }

    @Override
    public void close() throws IOException {
        if (closes) {
            channel.close();
        }
    }
}
