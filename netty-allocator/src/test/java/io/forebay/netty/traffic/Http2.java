package io.forebay.netty.traffic;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;
import java.util.List;

/** HTTP/2 with prior knowledge: connections whose streams are channels of their own. */
final class Http2 {
    private Http2() {}

    static void server(ChannelPipeline pipeline, ChannelHandler streams) {
        pipeline.addLast(Http2FrameCodecBuilder.forServer().build(), new Http2MultiplexHandler(streams));
    }

    static void client(ChannelPipeline pipeline) {
        var noPushedStreams = new ChannelInboundHandlerAdapter();
        pipeline.addLast(
                Http2FrameCodecBuilder.forClient()
                        .gracefulShutdownTimeoutMillis(0)
                        .build(),
                new Http2MultiplexHandler(noPushedStreams));
    }

    /** Opens a stream on a client's connection, with the allocator its channel must be given. */
    static Future<Http2StreamChannel> open(Channel connection, ByteBufAllocator alloc, ChannelHandler handler) {
        return new Http2StreamChannelBootstrap(connection)
                .option(ChannelOption.ALLOCATOR, alloc)
                .handler(handler)
                .open();
    }

    /** The part of a server's stream that sends back the request's body. */
    static EchoHandler echo() {
        return new EchoHandler(message -> message instanceof Http2HeadersFrame headers ? ok(headers) : message);
    }

    static Pump upload(Payload payload) {
        var head = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority("localhost")
                .path("/");
        return Pump.framed(
                payload,
                List.of(new DefaultHttp2HeadersFrame(head)),
                DefaultHttp2DataFrame::new,
                List.of(new DefaultHttp2DataFrame(/* endStream= */ true)));
    }

    private static Object ok(Http2HeadersFrame request) {
        return new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200"), request.isEndStream());
    }
}
