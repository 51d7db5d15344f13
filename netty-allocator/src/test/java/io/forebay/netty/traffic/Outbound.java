package io.forebay.netty.traffic;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundInvoker;

/** Outbound operations whose failure reaches the end of the pipeline as an exception. */
final class Outbound {
    private Outbound() {}

    static void write(ChannelOutboundInvoker out, Object message) {
        out.write(message).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    static void writeAndFlush(ChannelOutboundInvoker out, Object message) {
        out.writeAndFlush(message).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    static void close(ChannelOutboundInvoker out) {
        out.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
