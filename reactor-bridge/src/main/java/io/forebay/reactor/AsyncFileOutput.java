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
    public int write(ByteBuf buffer, IoResult result) {
        new Emptying(buffer, result).goOn();
        return IoResult.LATER;
    }

    @Override
    public void close() {}

    /** Writes until the buffer is empty. */
    private final class Emptying implements CompletionHandler<Integer, ByteBuffer> {
        private final ByteBuf buffer;
        private final ByteBuffer[] parts; // a composite has several: one would be a copy
        private final IoResult result;
        private int part;

        Emptying(ByteBuf buffer, IoResult result) {
            this.buffer = buffer;
            this.parts = buffer.nioBuffers();
            this.result = result;
        }

        void goOn() {
            while (part < parts.length && !parts[part].hasRemaining()) {
                part++;
            }
            if (part == parts.length) {
                tell();
                return;
            }
            try {
                channel.write(parts[part], position, parts[part], this);
            } catch (RuntimeException refused) { // by the channel's threads, maybe on one of them
                result.failed(refused);
            }
        }

        @Override
        public void completed(Integer written, ByteBuffer part) {
            position += written;
            goOn();
        }

        private void tell() {
            int bytes = buffer.readableBytes();
            buffer.skipBytes(bytes);
            result.done(bytes);
        }

        @Override
        public void failed(Throwable failure, ByteBuffer part) {
            result.failed(failure);
        }
    }
}
