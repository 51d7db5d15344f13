package io.forebay.netty.traffic;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.UnaryOperator;

/** Sends back what it reads, the same object where it can, and reads no faster than the other side does. */
final class EchoHandler extends ChannelInboundHandlerAdapter {
    private final UnaryOperator<Object> reply;

    /** Sends back everything as it came. */
    EchoHandler() {
        this(message -> message);
    }

    /** Sends back what {@code reply} makes of each message, which takes the message's ownership. */
    EchoHandler(UnaryOperator<Object> reply) {
        this.reply = reply;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Outbound.write(ctx, reply.apply(message));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }
}
