package io.forebay.netty.traffic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Datagrams there and back, one after the other: loopback loses none as long as few are under way. */
class DatagramTrafficTest {
    private static final int SLOT = 2_048;
    private static final int LARGEST = 60_000;
    private static final List<byte[]> SMALL =
            IntStream.range(0, 500).mapToObj(i -> Payload.bytes(i, 1 + i * 4)).toList();
    private static final List<byte[]> LARGE = Stream.of(1, 512, 2_048, 2_049, 9_000, 33_333, LARGEST, 7)
            .map(size -> Payload.bytes(size, size))
            .toList();

    @OverSockets
    void smallDatagramsComeBack(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            echo(traffic, SMALL);
        }
    }

    @OverSockets
    void largeDatagramsComeBack(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            traffic.receiveWith(new FixedRecvByteBufAllocator(LARGEST));
            echo(traffic, LARGE);
        }
    }

    // epoll's recvmmsg reads several datagrams into one buffer and hands on retained slices of it.
    @Test
    void datagramsReceivedSeveralAtOnceComeBack() {
        try (var traffic = Traffic.witnessedOver(Transport.EPOLL)) {
            traffic.receiveWith(new FixedRecvByteBufAllocator(8 * SLOT));
            Channel server = traffic.datagrams(pipeline -> {
                pipeline.channel().config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, SLOT);
                pipeline.addLast(new EchoHandler(DatagramTrafficTest::reply));
            });
            call(traffic, server, SMALL);
        }
    }

    private static void echo(Traffic traffic, List<byte[]> bodies) {
        Channel server = traffic.datagrams(pipeline -> pipeline.addLast(new EchoHandler(DatagramTrafficTest::reply)));
        call(traffic, server, bodies);
    }

    private static void call(Traffic traffic, Channel server, List<byte[]> bodies) {
        var caller = new Caller(bodies, (InetSocketAddress) server.localAddress());
        traffic.datagrams(pipeline -> pipeline.addLast(caller));
        traffic.await(caller.complete);
    }

    private static Object reply(Object message) {
        var packet = (DatagramPacket) message;
        return new DatagramPacket(packet.content(), packet.sender());
    }

    /** Sends each body once the one before came back, alternating between kinds of memory. */
    private static final class Caller extends SimpleChannelInboundHandler<DatagramPacket> {
        private final List<byte[]> bodies;
        private final InetSocketAddress to;
        private final CompletableFuture<Void> complete = new CompletableFuture<>();
        private int next;

        Caller(List<byte[]> bodies, InetSocketAddress to) {
            this.bodies = bodies;
            this.to = to;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.fireChannelActive();
            send(ctx);
        }

        private void send(ChannelHandlerContext ctx) {
            byte[] body = bodies.get(next);
            ByteBuf buffer = next % 2 == 0
                    ? ctx.alloc().heapBuffer(body.length)
                    : ctx.alloc().directBuffer(body.length);
            Outbound.writeAndFlush(ctx, new DatagramPacket(buffer.writeBytes(body), to));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            if (!packet.content().equals(Unpooled.wrappedBuffer(bodies.get(next)))) {
                complete.completeExceptionally(new AssertionError("datagram " + next + " differs: " + packet));
                return;
            }
            next++;
            if (next == bodies.size()) {
                complete.complete(null);
            } else {
                send(ctx);
            }
        }
    }
}
