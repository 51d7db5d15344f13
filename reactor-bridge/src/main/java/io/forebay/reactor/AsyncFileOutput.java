package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;

/** A file from a position on, written by the channel's threads; the channel is its owner's to close. */
final class AsyncFileOutput implements ChunkOutput {
    private final AsynchronousFileChannel channel;
    private final long startPosition;
    private long position; // moves in the result, before that is told

    AsyncFileOutput(AsynchronousFileChannel channel, long position) {
        this.channel = channel;
        this.startPosition = position;
        this.position = position;
    }

    @Override
    public long startPosition() {
        return startPosition;
    }

    @Override
    public void write(ByteBuf buffer, IoResult result) {
        int bytes = buffer.readableBytes();
        ByteBuffer[] parts = buffer.nioBuffers(); // of a composite several: one would be a copy
        writeFrom(parts, 0, new IoResult() {
            @Override
            public void done(int unused) {
                buffer.skipBytes(bytes);
                result.done(bytes);
            }

            @Override
            public void failed(Throwable failure) {
                result.failed(failure);
            }
        });
    }

    private void writeFrom(ByteBuffer[] parts, int first, IoResult result) {
        int part = first;
        while (part < parts.length && !parts[part].hasRemaining()) {
            part++;
        }
        if (part == parts.length) {
            result.done(0);
            return;
        }
        channel.write(parts[part], position, part, new CompletionHandler<Integer, Integer>() {
            @Override
            public void completed(Integer written, Integer part) {
                position += written;
                writeFrom(parts, part, result);
            }

            @Override
            public void failed(Throwable failure, Integer part) {
                result.failed(failure);
            }
        });
    }

    @Override
    public void close() {}
}
