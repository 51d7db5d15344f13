package io.forebay.netty.traffic;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import java.util.List;

/** WebSocket over HTTP/1.1, with and without per-message compression. */
final class WebSockets {
    private static final int MAX_HANDSHAKE = 8_192;
    private static final int MAX_FRAME = 2 << 20;
    private static final int UNLIMITED = 0;

    private final boolean compressed;

    /** Both ends of a WebSocket. */
    WebSockets(boolean compressed) {
        this.compressed = compressed;
    }

    /** Sends back every frame. */
    void server(ChannelPipeline pipeline) {
        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_HANDSHAKE));
        if (compressed) {
            pipeline.addLast(new WebSocketServerCompressionHandler(UNLIMITED));
        }
        var config = WebSocketServerProtocolConfig.newBuilder()
                .websocketPath("/")
                .allowExtensions(compressed)
                .maxFramePayloadLength(MAX_FRAME)
                .build();
        pipeline.addLast(new WebSocketServerProtocolHandler(config), new EchoHandler());
    }

    /** Sends the frames once the handshake is done; what comes back reaches {@code handlers}. */
    void client(ChannelPipeline pipeline, List<? extends WebSocketFrame> frames, ChannelHandler... handlers) {
        pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_HANDSHAKE));
        if (compressed) {
            pipeline.addLast(new WebSocketClientCompressionHandler(UNLIMITED));
        }
        var config = WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri("ws://localhost/")
                .allowExtensions(compressed)
                .maxFramePayloadLength(MAX_FRAME)
                .build();
        pipeline.addLast(new WebSocketClientProtocolHandler(config), new SendAfterHandshake(frames));
        pipeline.addLast(handlers);
    }

    private static final class SendAfterHandshake extends ChannelInboundHandlerAdapter {
        private final List<? extends WebSocketFrame> frames;

        SendAfterHandshake(List<? extends WebSocketFrame> frames) {
            this.frames = frames;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.fireUserEventTriggered(event);
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                frames.forEach(frame -> Outbound.write(ctx, frame));
                ctx.flush();
            }
        }
    }
}
