package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import io.netty.handler.codec.http.HttpClientCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Connections that end in the middle of something: whatever was queued, cumulated or retained must come back. */
class AbruptEndingTrafficTest {
    private static final int CLIENTS = 6;
    private static final byte[] BYTES = Payload.bytes(11, 4 << 20);
    private static final int MIDDLE = 300_000;

    @OverEveryTransport
    void clientsThatVanishWhileADecoderCumulatesLeaveNothing(Transport transport) {
        endings(transport, decodingFramesOf(BYTES.length), pipeline -> pipeline.addLast(vanishingUpload()));
    }

    @OverEveryTransport
    void clientsThatVanishWhileBytesAreEchoedLeaveNothing(Transport transport) {
        endings(transport, pipeline -> pipeline.addLast(new EchoHandler()), pipeline -> {
            reset(pipeline);
            pipeline.addLast(vanishingUpload());
        });
    }

    @OverEveryTransport
    void clientsThatVanishMidDownloadLeaveNothing(Transport transport) {
        endings(transport, pipeline -> pipeline.addLast(Pump.of(Payload.of(BYTES, 1))), pipeline -> {
            reset(pipeline);
            pipeline.addLast(new CloseAfter(MIDDLE));
        });
    }

    @OverEveryTransport
    void aServerThatClosesMidWriteLeavesNothing(Transport transport) {
        endings(transport, pipeline -> pipeline.addLast(new WriteAndClose()), AbruptEndingTrafficTest::upload);
    }

    @OverEveryTransport
    void aHandlerThatThrowsLeavesNothing(Transport transport) {
        endings(transport, pipeline -> pipeline.addLast(new Thrower()), AbruptEndingTrafficTest::upload);
    }

    @OverEveryTransport
    void slicesRetainedUntilTheEndLeaveNothing(Transport transport) {
        var retained = new AtomicInteger();
        endings(
                transport,
                pipeline -> decodingFramesOf(777)
                        .andThen(p -> p.addLast(new Hoarder(retained)))
                        .accept(pipeline),
                pipeline -> pipeline.addLast(vanishingUpload()));
        assertThat(retained).hasPositiveValue();
    }

    @OverEveryTransport
    void anHttpUploadBrokenOffWhileItIsAggregatedLeavesNothing(Transport transport) {
        endings(transport, Http1::aggregatingServer, pipeline -> {
            pipeline.addLast(new HttpClientCodec());
            pipeline.addLast(Http1.upload(Payload.of(BYTES, 2)).vanishingAt(MIDDLE));
        });
    }

    @OverEveryTransport
    void aTlsConnectionBrokenOffMidRecordLeavesNothing(Transport transport) {
        var tls = Tls.of("TLSv1.3");
        endings(transport, pipeline -> tls.secureServer(pipeline).addLast(new EchoHandler()), pipeline -> {
            reset(pipeline);
            pipeline.addLast(new CloseAfter(MIDDLE)); // sees the bytes before they are decrypted
            tls.secureClient(pipeline).addLast(Pump.of(Payload.of(BYTES, 3)));
        });
    }

    @OverEveryTransport
    void bytesThatAreNoTlsLeaveNothing(Transport transport) {
        var tls = Tls.of("TLSv1.3");
        endings(transport, tls::secureServer, AbruptEndingTrafficTest::upload);
    }

    @OverEveryTransport
    void http2StreamsBrokenOffMidUploadLeaveNothing(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            traffic.tolerateFailures();
            Channel server = traffic.serve(pipeline -> Http2.server(pipeline, traffic.streams(stream -> {
                stream.channel().config().setAllocator(traffic.allocator());
                stream.addLast(Http2.echo());
            })));
            Channel connection = traffic.connect(server, Http2::client);
            Channel reset = openUpload(traffic, connection, MIDDLE);
            Channel cut = openUpload(traffic, connection, Integer.MAX_VALUE);
            traffic.await(reset.closeFuture());
            traffic.await(connection.close());
            traffic.await(cut.closeFuture());
            traffic.awaitConnectionsEnd();
        }
    }

    private static Channel openUpload(Traffic traffic, Channel connection, int vanishAt) {
        var upload = Http2.upload(Payload.of(BYTES, vanishAt)).vanishingAt(vanishAt);
        return traffic.await(
                Http2.open(connection, traffic.allocator(), traffic.streams(stream -> stream.addLast(upload))));
    }

    private static void endings(
            Transport transport, Consumer<ChannelPipeline> serverSide, Consumer<ChannelPipeline> clientSide) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            traffic.tolerateFailures();
            Channel server = traffic.serve(serverSide);
            for (int i = 0; i < CLIENTS; i++) {
                traffic.await(traffic.connect(server, clientSide).closeFuture());
            }
            traffic.awaitConnectionsEnd();
        }
    }

    private static Consumer<ChannelPipeline> decodingFramesOf(int length) {
        return pipeline -> pipeline.addLast(new FixedLengthFrameDecoder(length));
    }

    private static void upload(ChannelPipeline pipeline) {
        pipeline.addLast(Pump.of(Payload.of(BYTES, 4)));
    }

    private static Pump vanishingUpload() {
        return Pump.of(Payload.of(BYTES, 5)).vanishingAt(MIDDLE);
    }

    // Closing sends RST, so that the other side's writes and reads fail; LOCAL has no such option.
    private static void reset(ChannelPipeline pipeline) {
        pipeline.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }

    private static final class CloseAfter extends SimpleChannelInboundHandler<ByteBuf> {
        private final int limit;
        private int received;

        CloseAfter(int limit) {
            this.limit = limit;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf buffer) {
            received += buffer.readableBytes();
            if (received >= limit) {
                Outbound.close(ctx);
            } else {
                ctx.fireChannelRead(buffer.retain());
            }
        }
    }

    /** Leaves some writes in the queue without a flush, and makes others after the close. */
    private static final class WriteAndClose extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf buffer) {
            var payload = Payload.of(BYTES, 6);
            writeSome(ctx, payload);
            ctx.flush();
            writeSome(ctx, payload);
            Outbound.close(ctx);
            writeSome(ctx, payload);
        }

        private static void writeSome(ChannelHandlerContext ctx, Payload payload) {
            for (int i = 0; i < 20; i++) {
                Outbound.write(ctx, payload.next(ctx.alloc()));
            }
        }
    }

    private static final class Thrower extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf buffer) {
            Outbound.write(ctx, buffer.retainedSlice());
            throw new IllegalArgumentException("thrown on purpose");
        }
    }

    /** Keeps a slice of every frame, and more than one reference to some, until its connection is gone. */
    private static final class Hoarder extends SimpleChannelInboundHandler<ByteBuf> {
        private final List<ByteBuf> kept = new ArrayList<>();
        private final AtomicInteger retained;

        Hoarder(AtomicInteger retained) {
            this.retained = retained;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            kept.add(frame.retainedSlice(7, 70));
            kept.add(frame.retainedDuplicate());
            retained.addAndGet(2);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            kept.forEach(ByteBuf::release);
        }
    }
}
