package io.forebay.netty;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends an HTTP/2 connection that found no memory. Netty's codec goes on after such a failure, though bytes of what was read
 * are lost, or a frame that was to be written: streams wait for what never comes, a client for a window that never opens,
 * and all of them keep what they hold; what is read next may be taken for something that nobody sent. The guard sends
 * GOAWAY, as far as the socket takes it at once, so that the peer knows which of its requests it may repeat, and closes the
 * connection, and with it the streams.
 *
 * <p>Each connection of a server or client that may speak HTTP/2 on an allocator with a limit needs one, added when the
 * channel is initialized, at the end of the pipeline. Where TLS chooses the protocol later, it moves behind the codec by
 * itself. For HTTP/1.1 it adds a {@link LimitGuard} at the beginning, unless there is one. With Reactor
 * Netty:
 *
 * <pre>{@code
 * HttpServer.create()
 *         .childOption(ChannelOption.ALLOCATOR, allocator)
 *         .doOnChannelInit((observer, channel, remote) -> channel.pipeline().addLast(new Http2LimitGuard()))
 * }</pre>
 *
 * <p>It counts any {@link OutOfMemoryError} as such a failure, those of Netty's allocators included, whether it comes down
 * the pipeline or is kept from it, as for frames that the codec writes by itself. For that it puts an allocator of its own
 * between the connection and the one it has, which must be set before. Allocators of streams stay as they are: what fails
 * there is between the stream and its handlers. A connection that does not speak HTTP/2 goes on as it would without this guard,
 * but that small buffers are served where it may still be upgraded.
 *
 * <p>Not for handlers that use the connection's allocator, not the stream's, and can do without the memory: the connection
 * ends all the same. The heads of the last frames, GOAWAY among them, are in unpooled memory of the heap that no limit counts,
 * until the connection is closed.
 *
 * <p>Needs {@code netty-codec-http2} and what that needs, as no other class here does. Each instance belongs to one
 * channel; the channel's event loop calls it, while any thread may allocate.
 */
@SuppressWarnings("exports") // Netty's transport and codec are optional: whoever uses this class has them
public final class Http2LimitGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Http2LimitGuard.class);

    private @Nullable WatchedAllocator allocator;
    private boolean ended; // only the event loop reads and writes it

    /** A guard for one channel. */
    public Http2LimitGuard() {}

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        Channel channel = context.channel();
        if (context.pipeline().get(LimitGuard.class) == null) {
            context.pipeline().addFirst(new LimitGuard());
        }
        allocator = new WatchedAllocator(channel.alloc(), failure -> endSoon(channel, failure));
        channel.config().setAllocator(allocator);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        Channel channel = context.channel();
        if (allocator != null && channel.alloc() == allocator) {
            channel.config().setAllocator(allocator.watched());
        }
    }

    /** Among the events is the end of TLS's handshake, after which handlers come that must have a guard behind them. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        context.fireUserEventTriggered(event);
        if (codec(context.channel()) != null && context.pipeline().last() != this && !context.isRemoved()) {
            Http2LimitGuard successor = new Http2LimitGuard(); // a handler cannot be added twice
            context.pipeline().remove(this).addLast(context.name(), successor);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        boolean end = ranOutOfMemory(cause) && end(context.channel(), cause);
        if (!(end && cause instanceof MemoryLimitError)) {
            context.fireExceptionCaught(cause);
        }
    }

    private static boolean ranOutOfMemory(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                return true;
            }
        }
        return false;
    }

    /**
     * Once the codec has done what it was about to do; returns whether this is HTTP/2, or may be by then. What is needed for
     * that, such as the heads of frames, is served: Netty writes a frame, and upgrades a connection, in several steps, and a
     * failure between two of them would lose a buffer.
     */
    private boolean endSoon(Channel channel, OutOfMemoryError failure) {
        if (codec(channel) == null && channel.pipeline().get(HttpServerUpgradeHandler.class) == null) {
            return false;
        }
        try {
            channel.eventLoop().execute(() -> end(channel, failure));
        } catch (RejectedExecutionException loopEnded) {
            LOG.debug("{} ends with its event loop", channel, loopEnded);
        }
        return true;
    }

    private static @Nullable ChannelHandlerContext codec(Channel channel) {
        return channel.pipeline().context(Http2ConnectionHandler.class);
    }

    /** At once, so that nothing more is read; returns whether this is HTTP/2. */
    private boolean end(Channel channel, Throwable failure) {
        ChannelHandlerContext codec = codec(channel);
        if (ended || codec == null) {
            return ended;
        }
        ended = true;
        LOG.debug("{} is closed, as it found no memory: {}", channel, failure.toString());
        channel.config().setAllocator(UnpooledByteBufAllocator.DEFAULT); // for GOAWAY
        ChannelHandlerContext first = channel.pipeline().firstContext();
        try {
            goAway(codec);
        } finally {
            var unused = first.close(); // before the codec, which waits for streams, and TLS, which waits for its peer
        }
        return true;
    }

    private static void goAway(ChannelHandlerContext context) {
        Http2ConnectionHandler codec = (Http2ConnectionHandler) context.handler();
        var unused = codec.goAway(
                context,
                codec.connection().remote().lastStreamCreated(),
                Http2Error.INTERNAL_ERROR.code(),
                Unpooled.EMPTY_BUFFER,
                context.newPromise());
        context.flush();
    }
}
