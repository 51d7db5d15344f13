package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Buffers allocated on one thread and released on another. */
class HandOverTrafficTest {
    private static final byte[] BYTES = Payload.bytes(21, 4 << 20);
    private static final int RECEIVERS = 12;
    private static final int ROUNDS = 40;
    private static final int ROUND_BYTES = 65_536 + 11;

    @OverEveryTransport
    @SuppressWarnings("deprecation") // discouraged by Netty, but what many servers do
    void aHandlerOnAnotherEventExecutorEchoes(Transport transport) {
        var executors = new DefaultEventExecutorGroup(2);
        try (var traffic = Traffic.witnessedOver(transport)) {
            Channel server = traffic.serve(pipeline -> pipeline.addLast(executors, new EchoHandler()));
            traffic.await(send(traffic, server).complete());
        } finally {
            assertThat(executors
                            .shutdownGracefully(0, 0, TimeUnit.SECONDS)
                            .awaitUninterruptibly(TrafficConfig.PATIENCE.toMillis()))
                    .isTrue();
        }
    }

    @OverEveryTransport
    void aPlainThreadCopiesReleasesAndWrites(Transport transport) throws InterruptedException {
        ExecutorService thread = Executors.newSingleThreadExecutor(); // one, so that the order of bytes is kept
        try (var traffic = Traffic.witnessedOver(transport)) {
            Channel server = traffic.serve(pipeline -> pipeline.addLast(new CopyOn(thread)));
            traffic.await(send(traffic, server).complete());
        } finally {
            thread.shutdown();
            assertThat(thread.awaitTermination(TrafficConfig.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
        }
    }

    @OverEveryTransport
    void aProxyForwardsBetweenLoops(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            var near = new CompletableFuture<Channel>();
            Channel origin = traffic.serve(pipeline -> pipeline.addLast(new EchoHandler()));
            Channel far = traffic.connect(origin, pipeline -> pipeline.addLast(new ForwardTo(near)));
            Channel proxy = traffic.serve(pipeline -> {
                near.complete(pipeline.channel());
                pipeline.addLast(new ForwardTo(CompletableFuture.completedFuture(far)));
            });
            traffic.await(send(traffic, proxy).complete());
        }
    }

    @OverEveryTransport
    void oneBufferGoesToManyChannelsOfDifferentLoops(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
            byte[] bytes = Payload.bytes(22, ROUNDS * ROUND_BYTES);
            Channel server = traffic.serve(pipeline -> pipeline.addLast(new Register(accepted)));
            List<Arrival> arrivals = new ArrayList<>();
            for (int i = 0; i < RECEIVERS; i++) {
                var arrival = new Arrival(bytes);
                arrivals.add(arrival);
                traffic.connect(server, pipeline -> pipeline.addLast(arrival));
            }
            traffic.awaitUntil(() -> accepted.size() == RECEIVERS);
            broadcast(traffic.allocator(), bytes, accepted);
            traffic.awaitAll(arrivals.stream().map(Arrival::complete).toList());
        }
    }

    private static void broadcast(ByteBufAllocator alloc, byte[] bytes, Iterable<Channel> channels) {
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf buffer = round % 2 == 0 ? alloc.directBuffer() : alloc.heapBuffer();
            buffer.writeBytes(bytes, round * ROUND_BYTES, ROUND_BYTES);
            channels.forEach(channel -> Outbound.writeAndFlush(channel, buffer.retainedDuplicate()));
            buffer.release();
        }
    }

    private static Arrival send(Traffic traffic, Channel server) {
        var arrival = new Arrival(BYTES);
        traffic.connect(server, pipeline -> pipeline.addLast(Pump.of(Payload.of(BYTES, 23)), arrival));
        return arrival;
    }

    /** Echoes a copy made, and the original released, by another thread. */
    private static final class CopyOn extends ChannelInboundHandlerAdapter {
        private final ExecutorService thread;

        CopyOn(ExecutorService thread) {
            this.thread = thread;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            thread.execute(() -> copy(ctx, (ByteBuf) message));
        }

        private static void copy(ChannelHandlerContext ctx, ByteBuf original) {
            try {
                Outbound.writeAndFlush(ctx, ctx.alloc().buffer().writeBytes(original));
            } catch (RuntimeException e) {
                ctx.fireExceptionCaught(e);
            } finally {
                original.release();
            }
        }
    }

    /** Writes what it reads to a channel of another loop. */
    private static final class ForwardTo extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Channel> target;

        ForwardTo(CompletableFuture<Channel> target) {
            this.target = target;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Outbound.writeAndFlush(target.join(), message); // joined at once: the target came before the first byte
        }
    }

    private static final class Register extends ChannelInboundHandlerAdapter {
        private final Queue<Channel> channels;

        Register(Queue<Channel> channels) {
            this.channels = channels;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channels.add(ctx.channel());
            ctx.fireChannelActive();
        }
    }
}
