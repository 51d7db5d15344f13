package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;

/** A part of a file that is read by the channel's threads; the channel is its owner's to close. */
final class AsyncFileInput implements ChunkInput {
    private final AsynchronousFileChannel channel;
    private long position; // moves in the result, before that is told
    private long leftBytes;

    AsyncFileInput(AsynchronousFileChannel channel, long position, long bytes) {
        this.channel = channel;
        this.position = position;
        this.leftBytes = bytes;
    }

    @Override
    public int nextBytes(int chunkBytes) throws IOException {
        return FileRegions.nextBytes(channel.size(), position, leftBytes, chunkBytes);
    }

    @Override
    public void read(ByteBuf buffer, int bytes, IoResult result) {
        channel.read(
                buffer.nioBuffer(buffer.writerIndex(), bytes),
                position,
                buffer,
                new CompletionHandler<Integer, ByteBuf>() {
                    @Override
                    public void completed(Integer read, ByteBuf buffer) {
                        if (read > 0) {
                            buffer.writerIndex(buffer.writerIndex() + read);
                            position += read;
                            leftBytes -= read;
                        }
                        result.done(read);
                    }

                    @Override
                    public void failed(Throwable failure, ByteBuf buffer) {
                        result.failed(failure);
                    }
                });
    }

    @Override
    public void close() {}
}
