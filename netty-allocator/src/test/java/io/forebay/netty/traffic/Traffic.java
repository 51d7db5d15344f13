package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Servers and clients on one transport, all of whose channels use one allocator of their own. Closing it closes every
 * channel, stops every loop, rethrows what any handler threw, and checks that the allocator's books are clean.
 */
final class Traffic implements AutoCloseable {
    private static final int LOOPS = 2;

    private final Transport transport;
    private final ForebayAllocator forebay;
    private final ByteBufAllocator allocator;
    private final @Nullable WitnessAllocator witness;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final AtomicInteger livePipelines = new AtomicInteger();
    private final EventLoopGroup servers;
    private final EventLoopGroup clients;
    private final CompletableFuture<Object> firstFailure = new CompletableFuture<>();
    private volatile boolean toleratesFailures;
    private volatile boolean closing;
    private @Nullable RecvByteBufAllocator receiveBuffers;

    private Traffic(Transport transport, boolean witnessed, ForebayAllocator forebay, ByteBufAllocator view) {
        this.transport = transport;
        this.forebay = forebay;
        this.witness = witnessed ? new WitnessAllocator(view) : null;
        this.allocator = witness == null ? view : witness;
        this.servers = group(transport, "server");
        this.clients = group(transport, "client");
    }

    /** Traffic whose channels have the allocator itself. */
    static Traffic over(Transport transport) {
        return over(transport, TrafficConfig.WITNESS_ALL);
    }

    private static Traffic over(Transport transport, boolean witnessed) {
        transport.require();
        ForebayAllocator forebay = ForebayAllocator.create();
        return new Traffic(transport, witnessed, forebay, forebay);
    }

    /** Traffic whose channels have a view of an allocator, which is closed in the end. */
    static Traffic over(Transport transport, ForebayAllocator forebay, ByteBufAllocator view) {
        transport.require();
        return new Traffic(transport, TrafficConfig.WITNESS_ALL, forebay, view);
    }

    /** Traffic whose channels have the allocator behind a {@link WitnessAllocator}. */
    static Traffic witnessedOver(Transport transport) {
        return over(transport, /* witnessed= */ true);
    }

    private static EventLoopGroup group(Transport transport, String role) {
        var threads = new DefaultThreadFactory("traffic-" + transport + "-" + role, /* daemon= */ true);
        return new MultiThreadIoEventLoopGroup(LOOPS, threads, transport.ioHandler());
    }

    /** What a channel here gets as its allocator. */
    ByteBufAllocator allocator() {
        return allocator;
    }

    /** The witness of a {@link #witnessedOver} traffic. */
    WitnessAllocator witness() {
        if (witness == null) {
            throw new IllegalStateException("not witnessed");
        }
        return witness;
    }

    /** From now on a handler's exception does not fail the test, unless it tells of a buffer used after its release. */
    void tolerateFailures() {
        toleratesFailures = true;
    }

    /** Gives every channel made from now on this policy of sizing receive buffers. */
    void receiveWith(RecvByteBufAllocator policy) {
        receiveBuffers = policy;
    }

    /** A listening channel, each of whose connections gets a pipeline from {@code setup}. */
    Channel serve(Consumer<ChannelPipeline> setup) {
        var bootstrap = new ServerBootstrap()
                .group(servers)
                .channel(transport.serverChannel())
                .option(ChannelOption.ALLOCATOR, allocator())
                .childOption(ChannelOption.ALLOCATOR, allocator())
                .childHandler(new Setup(setup));
        if (receiveBuffers != null) {
            bootstrap.childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers);
        }
        Channel server = await(bootstrap.bind(transport.freshAddress()));
        channels.add(server);
        return server;
    }

    /** A connection to what {@link #serve} returned. */
    Channel connect(Channel server, Consumer<ChannelPipeline> setup) {
        var bootstrap = client().channel(transport.channel()).handler(new Setup(setup));
        return await(bootstrap.connect(server.localAddress()));
    }

    /** A bound datagram channel. */
    Channel datagrams(Consumer<ChannelPipeline> setup) {
        var bootstrap = client().channel(transport.datagramChannel()).handler(new Setup(setup));
        return await(bootstrap.bind(transport.freshAddress()));
    }

    /** What fills the pipelines of a connection's streams, for multiplexed protocols. */
    ChannelHandler streams(Consumer<ChannelPipeline> setup) {
        return new Setup(setup);
    }

    private Bootstrap client() {
        var bootstrap = new Bootstrap().group(clients).option(ChannelOption.ALLOCATOR, allocator());
        if (receiveBuffers != null) {
            bootstrap.option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers);
        }
        return bootstrap;
    }

    /** Waits for the result, for a handler's failure or for patience to run out. */
    <T> T await(CompletableFuture<T> result) {
        try {
            CompletableFuture.anyOf(result, firstFailure).get(TrafficConfig.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return result.join();
        } catch (TimeoutException e) {
            throw new AssertionError("no result within " + TrafficConfig.PATIENCE, e);
        } catch (ExecutionException e) {
            throw new AssertionError("failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }

    /** Waits for all results. */
    void awaitAll(List<? extends CompletableFuture<?>> results) {
        await(CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)));
    }

    /** Waits for an operation of Netty. */
    <T> T await(Future<T> operation) {
        await(settled(operation));
        return operation.getNow();
    }

    /** Waits for a channel operation and returns its channel. */
    Channel await(ChannelFuture operation) {
        await(settled(operation));
        return operation.channel();
    }

    private static <T> CompletableFuture<Boolean> settled(Future<T> operation) {
        var settled = new CompletableFuture<Boolean>();
        operation.addListener(f -> {
            if (f.isSuccess()) {
                settled.complete(true);
            } else {
                settled.completeExceptionally(f.cause());
            }
        });
        return settled;
    }

    /** Waits until every connection, and stream, has ended and its last handler is removed. */
    void awaitConnectionsEnd() {
        awaitUntil(() -> livePipelines.get() == 0);
    }

    /** Waits for what no future announces. */
    void awaitUntil(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(TrafficConfig.PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    @Override
    public void close() {
        closing = true;
        try {
            boolean closed = channels.close().awaitUninterruptibly(TrafficConfig.PATIENCE.toMillis());
            assertThat(closed).as("channels close").isTrue();
            awaitConnectionsEnd(); // a handler on an executor of its own is removed after its channel is closed
        } finally {
            stop(servers);
            stop(clients);
        }
        if (firstFailure.isDone()) {
            await(firstFailure);
        }
        if (witness != null) {
            witness.verifyAllReleased();
        }
        Ledger.closeClean(forebay);
    }

    private static void stop(EventLoopGroup group) {
        Future<?> stopped = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        assertThat(stopped.awaitUninterruptibly(TrafficConfig.PATIENCE.toMillis()))
                .as("event loops stop")
                .isTrue();
    }

    private void fail(Throwable failure) {
        if (isMisuse(failure) || !isExcused(failure)) {
            firstFailure.completeExceptionally(failure);
        }
    }

    // Both sides close at once in the end, so that what one still sends resets the other.
    private boolean isExcused(Throwable failure) {
        return toleratesFailures || (closing && failure instanceof IOException);
    }

    private static boolean isMisuse(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalReferenceCountException || cause instanceof Error) {
                return true;
            }
        }
        return false;
    }

    /** Fills a pipeline and ends it with a handler that reports what nobody handled. */
    @ChannelHandler.Sharable
    private final class Setup extends ChannelInitializer<Channel> {
        private final Consumer<ChannelPipeline> setup;

        Setup(Consumer<ChannelPipeline> setup) {
            this.setup = setup;
        }

        @Override
        protected void initChannel(Channel channel) {
            channels.add(channel);
            channel.pipeline().addLast(new PipelineCount());
            setup.accept(channel.pipeline());
            channel.pipeline().addLast(new FailureReporter());
        }
    }

    /** The first handler of a pipeline, and so the last to be removed. */
    private final class PipelineCount extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            livePipelines.incrementAndGet();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            livePipelines.decrementAndGet();
        }
    }

    private final class FailureReporter extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(cause);
            Outbound.close(ctx);
        }
    }
}
