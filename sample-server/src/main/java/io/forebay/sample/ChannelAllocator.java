package io.forebay.sample;

import io.forebay.netty.Http2LimitGuard;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.http.server.HttpServerState;

/**
 * Gives HTTP/2 streams the server's allocator. A stream channel starts on Netty's default one, whatever options its
 * connection has, so this must observe before the handler does: register it before {@code handle(..)}. Connections keep what
 * they have, or it would take from them what {@link Http2LimitGuard} put between.
 */
record ChannelAllocator(ByteBufAllocator allocator) implements ConnectionObserver {
    @Override
    public void onStateChange(Connection connection, State state) {
        Channel channel = connection.channel();
        if (channel instanceof Http2StreamChannel
                && (State.CONFIGURED.equals(state) || HttpServerState.REQUEST_RECEIVED.equals(state))) {
            channel.config().setAllocator(allocator);
        }
    }
}
