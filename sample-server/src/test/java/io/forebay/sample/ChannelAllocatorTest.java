package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
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

    private Publisher<Void> recordAllocators(HttpServerRequest request, HttpServerResponse response) {
        seen.add(response.alloc());
        request.withConnection(connection -> seen.add(connection.channel().alloc()));
        return request.receive().doOnNext(body -> seen.add(body.alloc())).then(response.send());
    }
}
