package io.forebay.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a write that found no memory fail a moment later, not while it is being made. A socket copies what is written from the
 * heap into a direct buffer; if there is no memory for that, Netty fails the promise at once, under the call of the handler
 * that wrote. If a listener then writes something else, as Reactor Netty does to answer with an error, Netty's encoder of
 * HTTP/1.1 is entered a second time while what it had made still stands in its list, and writes all of that again, released
 * or not: buffers are released twice, and the copy of a released one is lost.
 *
 * <p>Each connection of a server or client that speaks HTTP/1.1 on an allocator with a limit, Forebay's or Netty's own, needs
 * one, at the beginning of its pipeline: {@code channel.pipeline().addFirst(new LimitGuard())}. {@link Http2LimitGuard} brings
 * its own. It makes the copy in the socket's stead, from the channel's allocator, and changes nothing of other writes.
 *
 * <p>Needs {@code netty-transport}. One instance may serve any number of channels; it has no state.
 */
@SuppressWarnings("exports") // Netty's transport is optional: whoever uses this class has it
public final class LimitGuard extends ChannelOutboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(LimitGuard.class);

    /** A guard for any number of channels. */
    public LimitGuard() {}

    @Override
    public boolean isSharable() {
        return true;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        Object written = message;
        if (message instanceof ByteBuf buf && !buf.isDirect() && buf.isReadable()) {
            try {
                written = directCopy(context, buf);
            } catch (OutOfMemoryError none) {
                failSoon(context, promise, none);
                return;
            } finally {
                buf.release();
            }
        }
        var unused = context.write(written, promise);
    }

    private static ByteBuf directCopy(ChannelHandlerContext context, ByteBuf buf) {
        ByteBuf copy = context.alloc().directBuffer(buf.readableBytes());
        try {
            return copy.writeBytes(buf, buf.readerIndex(), buf.readableBytes());
        } catch (Throwable released) {
            copy.release();
            throw released;
        }
    }

    private static void failSoon(ChannelHandlerContext context, ChannelPromise promise, Throwable cause) {
        try {
            context.executor().execute(() -> promise.tryFailure(cause));
        } catch (RejectedExecutionException loopEnded) {
            LOG.debug("{} ends with its event loop", context.channel(), loopEnded);
            promise.tryFailure(cause);
        }
    }
}
