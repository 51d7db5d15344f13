package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServerRequest;

/** What has come of a body, and waits to be read, when the channel finds no memory. */
final class InboundEndTest {
    private final CompletableFuture<Channel> asked = new CompletableFuture<>();

    @ParameterizedTest
    @EnumSource
    void whatNobodyReadsIsReleased(Way way) {
        outOfMemory(way, request -> {});
    }

    @ParameterizedTest
    @EnumSource
    void whatAReaderDidNotAskForIsReleased(Way way) {
        outOfMemory(
                way,
                request -> request.receive().subscribe(new BaseSubscriber<>() {
                    @Override
                    protected void hookOnSubscribe(Subscription subscription) {
                        // nothing is asked for
                    }

                    @Override
                    protected void hookOnError(Throwable outOfMemory) {
                        // nor is anything done about it
                    }
                }));
    }

    private void outOfMemory(Way way, Consumer<HttpServerRequest> reader) {
        try (TestServer server = TestServer.answering((request, response) -> {
            reader.accept(request);
            request.withConnection(connection -> asked.complete(connection.channel()));
            return Mono.never();
        })) {
            Flux<ByteBuf> body =
                    Flux.just(Unpooled.wrappedBuffer(new byte[1_000])).concatWith(Flux.never());
            Disposable exchange = server.client(way)
                    .post()
                    .uri("/")
                    .send(body)
                    .response()
                    .onErrorComplete()
                    .subscribe();
            Channel channel =
                    asked.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
            channel.eventLoop().submit(() -> runOutOfMemory(channel)).syncUninterruptibly();
            server.awaitNothingInUse();
            exchange.dispose();
        }
    }

    /** A channel that has been closed, as Reactor Netty would close another, and release what is left with it. */
    private static void runOutOfMemory(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandlerContext bridge = pipeline.context(NettyPipeline.ReactiveBridge);
        try {
            ((ChannelInboundHandler) bridge.handler())
                    .channelRead(
                            bridge,
                            new DefaultHttpContent(channel.alloc().buffer().writeZero(1_000)));
        } catch (Exception e) { // its signature says no more than Exception
            throw new AssertionError(e);
        }
        var unused = channel.close();
        pipeline.fireExceptionCaught(new OutOfMemoryError("thrown by a test"));
    }
}
