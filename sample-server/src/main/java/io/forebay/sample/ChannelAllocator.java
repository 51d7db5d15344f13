package io.forebay.sample;

import io.netty.buffer.ByteBufAllocator;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.http.server.HttpServerState;

/**
 * Gives HTTP/2 streams the server's allocator. A stream channel starts on Netty's default one, whatever options its
 * connection has, so this must observe before the handler does: register it before {@code handle(..)}.
 */
record ChannelAllocator(ByteBufAllocator allocator) implements ConnectionObserver {
    @Override
    public void onStateChange(Connection connection, State state) {
        if (State.CONFIGURED.equals(state) || HttpServerState.REQUEST_RECEIVED.equals(state)) {
            connection.channel().config().setAllocator(allocator);
        }
    }
}
