package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** A server that is asked for more than its allocator may hold: some exchanges fail, and all of them end. */
final class MemoryLimitTest {
    private static final int EXCHANGES = 40;

    private final TestServer server = TestServer.limitedTo(2 << 20);

    @AfterEach
    void stopWithACleanLedger() {
        try {
            server.awaitNothingInUse();
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyExchangeEndsAndTheServerServesOn(Way way) {
        HttpClient client = server.client(way);
        List<Boolean> ended = Flux.range(0, EXCHANGES)
                .flatMap(exchange -> isServed(client, exchange), EXCHANGES)
                .collectList()
                .block(PATIENCE);
        assertThat(ended).hasSize(EXCHANGES);
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> Answer.get(client, "/").status() == 200);
    }

    private static Flux<ByteBuf> frames() {
        return Flux.range(0, 300).map(i -> Unpooled.buffer().writeInt(10_000).writeZero(10_000));
    }

    private static Mono<Boolean> isServed(HttpClient client, int exchange) {
        Flux<ByteBuf> body = exchange % 2 == 0
                ? client.get().uri("/download?bytes=3000000").responseContent()
                : client.post().uri("/frames").send(frames()).responseContent();
        return body.map(ByteBuf::readableBytes).then(Mono.just(true)).onErrorReturn(false);
    }
}
