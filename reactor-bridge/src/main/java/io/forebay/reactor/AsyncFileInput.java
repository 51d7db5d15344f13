package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;

/** A part of a file that is read by the channel's threads; the channel is its owner's to close. */
final class AsyncFileInput implements ChunkInput {
    private final AsynchronousFileChannel channel;
    private final FileRegion region; // moves in the handler, before the result is told

    AsyncFileInput(AsynchronousFileChannel channel, long position, long bytes) {
        this.channel = channel;
        this.region = new FileRegion(channel::size, position, bytes);
    }

    @Override
    public int nextBytes(int chunkBytes) throws IOException {
        return region.nextBytes(chunkBytes);
    }

    @Override
    public int read(ByteBuf buffer, int bytes, IoResult result) {
        new Filling(buffer, bytes, result).goOn();
        return IoResult.LATER;
    }

    @Override
    public void close() {}

    /** Reads until the buffer has its bytes, or to the end of the file. */
    private final class Filling implements CompletionHandler<Integer, ByteBuffer> {
        private final ByteBuf buffer;
        private final ByteBuffer[] parts; // a composite has several
        private final IoResult result;
        private int part;
        private int filled;

        Filling(ByteBuf buffer, int bytes, IoResult result) {
            this.buffer = buffer;
            this.parts = buffer.nioBuffers(buffer.writerIndex(), bytes);
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
                channel.read(parts[part], region.position(), parts[part], this);
            } catch (RuntimeException refused) { // by the channel's threads, maybe on one of them
                result.failed(refused);
            }
        }

        @Override
        public void completed(Integer read, ByteBuffer part) {
            if (read < 0) {
                region.endIsHere();
                tell();
                return;
            }
            region.read(read);
            filled += read;
            goOn();
        }

        private void tell() {
            buffer.writerIndex(buffer.writerIndex() + filled);
            result.done(filled == 0 ? -1 : filled);
        }

        @Override
        public void failed(Throwable failure, ByteBuffer part) {
            result.failed(failure);
        }
    }
}
