package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client and a server of HTTP/2 in this thread; the server's connection finds no memory when a test says so. */
class Http2LimitGuardTest {
    private static final int WINDOW_BYTES = 65_535;
    private static final int FRAME_BYTES = 8_192;

    private final ForebayAllocator allocator =
            ForebayAllocator.builder().maxMemory(8 << 20).build();
    private final List<ByteBuf> hoard = new ArrayList<>();
    private final List<Channel> streams = new ArrayList<>();
    private final List<Object> frames = new ArrayList<>(); // of the connection, as the client gets them
    private final EmbeddedChannel server = new EmbeddedChannel();
    private final EmbeddedChannel client = new EmbeddedChannel();

    /** Takes what comes, and is done with it at once. */
    @ChannelHandler.Sharable
    private final class Taker extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            streams.add(context.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            ReferenceCountUtil.release(frame);
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        server.finishAndReleaseAll();
        client.finishAndReleaseAll();
        hoard.forEach(ByteBuf::release);
        allocator.close();
        allocator.awaitTermination(Patience.LIMIT);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.inUse() + allocator.metric().heap().inUse()).isZero();
        assertThat(direct.created()).isEqualTo(direct.destroyed());
    }

    @Test
    void aReadThatFoundNoMemoryEndsTheConnectionAndItsStreams() {
        connect();
        openStream();
        server.pipeline().fireExceptionCaught(noMemory());
        assertEndedWithGoAway();
        assertThat(streams).hasSize(1).noneMatch(Channel::isOpen);
    }

    @Test
    void theFailureMayBeWrapped() {
        connect();
        openStream();
        server.pipeline().fireExceptionCaught(new DecoderException(noMemory()));
        assertThat(server.isOpen()).isFalse();
        assertThatExceptionOfType(DecoderException.class).isThrownBy(server::checkException);
    }

    @Test
    void anUpdateOfAWindowThatIsLostEndsTheConnection() {
        connect();
        Http2StreamChannel stream = openStream();
        takeAllThereIs();
        for (int sent = 0; sent < WINDOW_BYTES - FRAME_BYTES && server.isOpen(); sent += FRAME_BYTES) {
            var unused = stream.writeAndFlush(new DefaultHttp2DataFrame(
                    UnpooledByteBufAllocator.DEFAULT.buffer().writeZero(FRAME_BYTES)));
            exchange();
        }
        assertEndedWithGoAway();
        assertThat(streams).noneMatch(Channel::isOpen);
    }

    @Test
    void itEndsOnceWhateverFailsOnTheWay() {
        connect();
        openStream();
        takeAllThereIs();
        assertThatExceptionOfType(MemoryLimitError.class)
                .isThrownBy(() -> server.alloc().directBuffer(1 << 20));
        server.pipeline().fireExceptionCaught(noMemory());
        assertEndedWithGoAway();
    }

    @Test
    void whatTheCodecIsAboutToWriteIsServedFromTheHeapUntilTheEnd() {
        connect();
        openStream();
        takeAllThereIs();
        List<ByteBuf> heads = List.of(
                server.alloc().buffer(),
                server.alloc().buffer(9),
                server.alloc().buffer(9, 9));
        assertThat(heads).allSatisfy(buf -> assertThat(buf.hasArray()).isTrue());
        heads.forEach(ByteBuf::release);
        assertThatExceptionOfType(MemoryLimitError.class)
                .isThrownBy(() -> server.alloc().buffer(1 << 20));
        assertThatExceptionOfType(MemoryLimitError.class)
                .isThrownBy(() -> server.alloc().directBuffer(9));
        assertEndedWithGoAway();
    }

    @Test
    void anAllocationThatFailedElsewhereEndsTheConnectionOnItsLoop() throws Exception {
        connect();
        openStream();
        takeAllThereIs();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread other = new Thread(() -> {
            try {
                server.alloc().directBuffer(1 << 20).release();
            } catch (MemoryLimitError none) {
                thrown.set(none);
            }
        });
        other.start();
        other.join();
        assertThat(thrown.get()).isInstanceOf(MemoryLimitError.class);
        assertThat(server.isOpen()).isTrue();
        server.runPendingTasks();
        assertEndedWithGoAway();
    }

    @Test
    void anotherFailureIsNoneOfItsBusiness() {
        connect();
        openStream();
        server.pipeline().fireExceptionCaught(new IOException("another"));
        assertThatExceptionOfType(IOException.class).isThrownBy(server::checkException);
        assertThat(server.isOpen()).isTrue();
        assertThat(streams).allMatch(Channel::isOpen);
    }

    @Test
    void anotherProtocolGoesOn() {
        server.config().setAllocator(allocator);
        server.pipeline().addLast(new Http2LimitGuard());
        takeAllThereIs();
        assertThatExceptionOfType(MemoryLimitError.class)
                .isThrownBy(() -> server.alloc().heapBuffer(1 << 20));
        assertThatExceptionOfType(MemoryLimitError.class)
                .isThrownBy(() -> server.alloc().buffer(9));
        server.runPendingTasks();
        assertThat(server.isOpen()).isTrue();
        server.pipeline().fireExceptionCaught(noMemory());
        assertThatExceptionOfType(MemoryLimitError.class).isThrownBy(server::checkException);
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void whatAnUpgradeNeedsIsServedAndTheConnectionEndsIfItIsHttp2ByThen() {
        server.config().setAllocator(allocator);
        HttpServerCodec http1 = new HttpServerCodec();
        server.pipeline().addLast(http1, new HttpServerUpgradeHandler(http1, protocol -> null), new Http2LimitGuard());
        takeAllThereIs();
        server.alloc().buffer(64).release();
        server.runPendingTasks();
        assertThat(server.isOpen()).isTrue();
        server.alloc().buffer(64).release();
        server.pipeline().addLast(Http2FrameCodecBuilder.forServer().build());
        server.runPendingTasks();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void itStaysBehindACodecThatComesLater() {
        server.config().setAllocator(allocator);
        server.pipeline().addLast("guard", new Http2LimitGuard());
        addCodecs();
        server.pipeline().fireUserEventTriggered("the protocol is agreed on");
        assertThat(server.pipeline().last())
                .isInstanceOf(Http2LimitGuard.class)
                .isSameAs(server.pipeline().get("guard"));
        exchange();
        openStream();
        server.pipeline().fireExceptionCaught(noMemory());
        assertEndedWithGoAway();
    }

    @Test
    void buffersAreThoseOfTheChannelsAllocatorWhichIsThereAgainWithoutIt() {
        server.config().setAllocator(allocator);
        server.pipeline().addLast(new Http2LimitGuard());
        List<ByteBuf> made = List.of(
                server.alloc().buffer(),
                server.alloc().buffer(10),
                server.alloc().buffer(10, 20),
                server.alloc().heapBuffer(10, 20),
                server.alloc().ioBuffer(10),
                server.alloc().directBuffer(10));
        assertThat(made).allSatisfy(buf -> assertThat(buf.alloc()).isSameAs(allocator));
        assertThat(allocator.metric().direct().inUse()
                        + allocator.metric().heap().inUse())
                .isEqualTo(made.size());
        made.forEach(ByteBuf::release);
        server.pipeline().removeLast();
        assertThat(server.alloc()).isSameAs(allocator);
    }

    private void connect() {
        server.config().setAllocator(allocator);
        addCodecs();
        server.pipeline().addLast(new Http2LimitGuard());
        exchange();
    }

    private void addCodecs() {
        server.pipeline().addLast(Http2FrameCodecBuilder.forServer().build(), new Http2MultiplexHandler(new Taker()));
        client.pipeline()
                .addLast(
                        Http2FrameCodecBuilder.forClient().build(),
                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object frame) {
                                frames.add(frame);
                            }
                        });
    }

    private Http2StreamChannel openStream() {
        var opened = new Http2StreamChannelBootstrap(client)
                .option(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
                .handler(new ChannelInboundHandlerAdapter())
                .open();
        client.runPendingTasks();
        Http2StreamChannel stream = opened.getNow();
        var head = new DefaultHttp2Headers().method("POST").scheme("http").path("/");
        var unused = stream.writeAndFlush(new DefaultHttp2HeadersFrame(head));
        exchange();
        assertThat(streams).hasSize(1);
        return stream;
    }

    /** Carries to each what the other has written, until neither has anything to say. */
    private void exchange() {
        boolean any = true;
        while (any) {
            boolean there = carry(client, server);
            any = carry(server, client) || there;
        }
    }

    private static boolean carry(EmbeddedChannel from, EmbeddedChannel to) {
        from.runPendingTasks();
        boolean any = false;
        for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            any = true;
            if (to.isOpen()) {
                to.writeInbound(bytes);
            } else {
                bytes.release();
            }
        }
        return any;
    }

    private void assertEndedWithGoAway() {
        exchange();
        server.checkException();
        assertThat(server.isOpen()).isFalse();
        assertThat(frames)
                .filteredOn(Http2GoAwayFrame.class::isInstance)
                .singleElement()
                .satisfies(frame -> {
                    Http2GoAwayFrame goAway = (Http2GoAwayFrame) frame;
                    assertThat(goAway.errorCode()).isEqualTo(Http2Error.INTERNAL_ERROR.code());
                    assertThat(goAway.lastStreamId()).isEqualTo(3); // the first of this client: 1 is for an upgrade
                });
        frames.forEach(ReferenceCountUtil::release);
    }

    private static MemoryLimitError noMemory() {
        return new MemoryLimitError("the limit is reached", 1, 1);
    }

    private void takeAllThereIs() {
        for (int bytes = 4 << 20; bytes >= 16; bytes /= 2) {
            try {
                while (true) {
                    hoard.add(allocator.directBuffer(bytes));
                }
            } catch (MemoryLimitError none) {
                // the next size may fit
            }
        }
    }
}
