package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** WebSocket frames of every kind and size, there and back. */
class WebSocketTrafficTest {
    private static final int NO_EXTENSION_BITS = 0;

    @OverEveryTransport
    void everyKindOfFrameComesBack(Transport transport) {
        echo(transport, /* compressed= */ false);
    }

    @OverEveryTransport
    void everyKindOfFrameComesBackCompressed(Transport transport) {
        echo(transport, /* compressed= */ true);
    }

    private static void echo(Transport transport, boolean compressed) {
        var webSockets = new WebSockets(compressed);
        try (var traffic = Traffic.witnessedOver(transport)) {
            Channel server = traffic.serve(webSockets::server);
            List<WebSocketFrame> frames = frames(traffic.allocator());
            var arrival = new Arrival(contents(frames));
            var kinds = new Kinds();
            List<String> sent = frames.stream().map(Kinds::of).toList();
            traffic.connect(server, pipeline -> webSockets.client(pipeline, frames, kinds, arrival));
            traffic.await(arrival.complete());
            assertThat(kinds.seen).isEqualTo(sent);
        }
    }

    private static List<WebSocketFrame> frames(ByteBufAllocator alloc) {
        List<WebSocketFrame> frames = new ArrayList<>();
        frames.add(new TextWebSocketFrame(ByteBufUtil.writeUtf8(alloc, "first: žluťoučký 水 🐎")));
        for (int size : new int[] {1, 125, 126, 65_535, 65_536, 1 << 20}) {
            frames.add(new BinaryWebSocketFrame(random(alloc, size)));
        }
        frames.addAll(fragmented(alloc));
        frames.add(new TextWebSocketFrame(ByteBufUtil.writeUtf8(alloc, "lorem ipsum ".repeat(80_000))));
        frames.add(new BinaryWebSocketFrame(random(alloc, 1))); // last, so that an arrival is complete only at the end
        return frames;
    }

    private static List<WebSocketFrame> fragmented(ByteBufAllocator alloc) {
        return List.of(
                new BinaryWebSocketFrame(/* finalFragment= */ false, NO_EXTENSION_BITS, random(alloc, 70_001)),
                new ContinuationWebSocketFrame(/* finalFragment= */ false, NO_EXTENSION_BITS, random(alloc, 3)),
                new ContinuationWebSocketFrame(/* finalFragment= */ false, NO_EXTENSION_BITS, random(alloc, 500_000)),
                new ContinuationWebSocketFrame(/* finalFragment= */ true, NO_EXTENSION_BITS, random(alloc, 9)));
    }

    private static ByteBuf random(ByteBufAllocator alloc, int size) {
        return alloc.buffer(size).writeBytes(Payload.bytes(size, size));
    }

    private static byte[] contents(List<WebSocketFrame> frames) {
        var contents = new ByteArrayOutputStream();
        frames.forEach(frame -> contents.writeBytes(ByteBufUtil.getBytes(frame.content())));
        return contents.toByteArray();
    }

    /** Notes the kind of each frame that passes. */
    private static final class Kinds extends ChannelInboundHandlerAdapter {
        private final List<String> seen = new ArrayList<>();

        static String of(WebSocketFrame frame) {
            return frame.getClass().getSimpleName() + (frame.isFinalFragment() ? " final" : "");
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            seen.add(of((WebSocketFrame) message));
            ctx.fireChannelRead(message);
        }
    }
}
