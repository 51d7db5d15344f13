package io.forebay.sample;

import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.channel.ChannelOperations;

/**
 * Releases what came of a body and was not read once its exchange has ended. Reactor Netty does so itself, but not when an
 * {@link OutOfMemoryError} comes down the pipeline, as it does where an allocator has reached its limit: it ends the
 * exchange at once and keeps what is in the queue of its inbound for a reader that nobody cancels any more (found with
 * 1.3.8).
 */
enum InboundEnd implements ConnectionObserver {
    INSTANCE;

    @Override
    public void onStateChange(Connection connection, State state) {
        if (State.DISCONNECTING.equals(state) && connection instanceof ChannelOperations<?, ?> exchange) {
            exchange.discard();
        }
    }
}
