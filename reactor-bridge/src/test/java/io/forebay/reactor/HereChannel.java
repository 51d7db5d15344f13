package io.forebay.reactor;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;

/** A file of zeros that answers within the call, on the calling thread, and takes whatever is written. */
final class HereChannel extends HandlerChannel {
    private final long bytes;
    private volatile boolean open = true;

    HereChannel(long bytes) {
        this.bytes = bytes;
    }

    @Override
    public <A> void read(ByteBuffer into, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        int read = (int) Math.min(into.remaining(), bytes - position);
        if (read <= 0) {
            handler.completed(-1, attachment);
            return;
        }
        into.put(new byte[read]);
        handler.completed(read, attachment);
    }

    @Override
    public <A> void write(ByteBuffer from, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        int written = from.remaining();
        from.position(from.limit());
        handler.completed(written, attachment);
    }

    @Override
    public long size() throws ClosedChannelException {
        if (!open) {
            throw new ClosedChannelException();
        }
        return bytes;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
