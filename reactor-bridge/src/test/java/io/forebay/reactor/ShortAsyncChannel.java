package io.forebay.reactor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;

/** A file that takes and gives only a few bytes at a call. */
final class ShortAsyncChannel extends HandlerChannel {
    private final AsynchronousFileChannel file;
    private final int mostBytes;

    ShortAsyncChannel(AsynchronousFileChannel file, int mostBytes) {
        this.file = file;
        this.mostBytes = mostBytes;
    }

    @Override
    public <A> void read(ByteBuffer into, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        ByteBuffer few = few(into);
        file.read(few, position, attachment, moving(into, few, handler));
    }

    @Override
    public <A> void write(ByteBuffer from, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        ByteBuffer few = few(from);
        file.write(few, position, attachment, moving(from, few, handler));
    }

    private ByteBuffer few(ByteBuffer buffer) {
        ByteBuffer few = buffer.duplicate();
        return few.limit(Math.min(few.limit(), few.position() + mostBytes));
    }

    private static <A> CompletionHandler<Integer, A> moving(
            ByteBuffer buffer, ByteBuffer few, CompletionHandler<Integer, ? super A> handler) {
        return new CompletionHandler<>() {
            @Override
            public void completed(Integer bytes, A attachment) {
                buffer.position(few.position());
                handler.completed(bytes, attachment);
            }

            @Override
            public void failed(Throwable failure, A attachment) {
                handler.failed(failure, attachment);
            }
        };
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
