package io.forebay.sample;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerState;

/**
 * Releases what has come of a body and was not read when an {@link OutOfMemoryError} comes down the pipeline, as it does
 * where an allocator has reached its limit. Reactor Netty ends the exchange then, but where the channel is being closed
 * already it keeps what is in the queue of its inbound, for a reader that nobody cancels any more (found with 1.3.8).
 */
enum InboundEnd implements ConnectionObserver {
    INSTANCE;

    private static final Handler HANDLER = new Handler();

    @Override
    public void onStateChange(Connection connection, State state) {
        ChannelPipeline pipeline = connection.channel().pipeline();
        if ((State.CONFIGURED.equals(state) || HttpServerState.REQUEST_RECEIVED.equals(state))
                && pipeline.context(NettyPipeline.ReactiveBridge) != null
                && pipeline.context(HANDLER) == null) {
            pipeline.addBefore(NettyPipeline.ReactiveBridge, /* name= */ null, HANDLER);
        }
    }

    private static final class Handler extends ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            ChannelOperations<?, ?> exchange =
                    cause instanceof OutOfMemoryError ? ChannelOperations.get(context.channel()) : null;
            context.fireExceptionCaught(cause);
            if (exchange != null && !exchange.isInboundDisposed()) {
                exchange.discard();
            }
        }
    }
}
