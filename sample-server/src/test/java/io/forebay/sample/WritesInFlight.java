package io.forebay.sample;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of one exchange's answer are on their way: written, and not yet with the socket. */
final class WritesInFlight extends ChannelOutboundHandlerAdapter {
    private final AtomicLong most; // of all exchanges
    private long inFlight; // on the event loop

    WritesInFlight(AtomicLong most) {
        this.most = most;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        int bytes = bytes(message);
        inFlight += bytes;
        most.accumulateAndGet(inFlight, Math::max);
        ChannelPromise written = ctx.newPromise();
        ChannelFuture unused = written.addListener(end -> {
            inFlight -= bytes;
            boolean unusedTold = end.isSuccess() ? promise.trySuccess() : promise.tryFailure(end.cause());
        });
        ChannelFuture unusedWrite = ctx.write(message, written);
    }

    private static int bytes(Object message) {
        if (message instanceof ByteBufHolder holder) {
            return holder.content().readableBytes();
        }
        return message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
    }
}
