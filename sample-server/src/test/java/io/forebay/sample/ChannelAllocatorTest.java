package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.Http2LimitGuard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

final class ChannelAllocatorTest {
    private final Queue<ByteBufAllocator> seen = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @EnumSource
    void aHandlerAllocatesFromTheServersAllocatorWhateverTheProtocol(Way way) {
        try (TestServer server = TestServer.answering(this::recordAllocators)) {
            server.client(way).get().uri("/").response().block(PATIENCE);
            assertThat(seen).hasSize(2).allSatisfy(a -> assertThat(a).isSameAs(server.allocator()));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2C", "TLS_H2"})
    void anHttp2ConnectionTellsTheGuardAtItsEndOfAllocationsThatFail(Way way) {
        AtomicReference<Channel> connection = new AtomicReference<>();
        try (TestServer server = TestServer.answering((request, response) -> {
            request.withConnection(stream -> connection.set(stream.channel().parent()));
            return response.send();
        })) {
            server.client(way).get().uri("/").response().block(PATIENCE);
            Channel http2 = Objects.requireNonNull(connection.get());
            assertThat(http2.pipeline().last()).isInstanceOf(Http2LimitGuard.class);
            assertThat(http2.alloc()).asString().startsWith("WatchedAllocator(ForebayAllocator(");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionStaysWatchedWhileItIsAsked(Way way) {
        Queue<String> connections = new ConcurrentLinkedQueue<>();
        try (TestServer server = TestServer.answering((request, response) -> {
            request.withConnection(
                    here -> connections.add(connectionOf(here.channel()).alloc().toString()));
            return response.send();
        })) {
            for (int i = 0; i < 2; i++) {
                server.client(way).get().uri("/").response().block(PATIENCE);
            }
            assertThat(connections).hasSize(2).allMatch(allocator -> allocator.startsWith("WatchedAllocator("));
        }
    }

    private static Channel connectionOf(Channel channel) {
        return channel instanceof Http2StreamChannel stream ? stream.parent() : channel;
    }

    /** Whose a buffer of this allocator is. */
    private static ByteBufAllocator maker(ByteBufAllocator allocator) {
        ByteBuf buf = allocator.buffer();
        try {
            return buf.alloc();
        } finally {
            buf.release();
        }
    }

    private Publisher<Void> recordAllocators(HttpServerRequest request, HttpServerResponse response) {
        seen.add(maker(response.alloc()));
        request.withConnection(connection -> seen.add(maker(connection.channel().alloc())));
        return request.receive().doOnNext(body -> seen.add(body.alloc())).then(response.send());
    }
}
