package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** What WebFlux is built on, over Reactor Netty: bodies go out of leases and come into them. */
class SpringWebTest {
    private static final int ELEMENT_BYTES = 1 << 16;
    private static final int ELEMENTS = 500;

    private final PeakAllocator allocator = new PeakAllocator();
    private final MemoryBudget budget = MemoryBudget.create("test", 16 * ELEMENT_BYTES);
    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel());

    @AfterEach
    void nothingLeaked() {
        await().until(() -> allocator.used() == 0 && budget.used() == 0 && budget.waiting() == 0);
        assertThat(allocator.peak()).isLessThanOrEqualTo(16 * ELEMENT_BYTES);
    }

    private static <T> T with(HttpHandler handler, Function<HttpClient, Mono<T>> use) {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
        try {
            return use.apply(HttpClient.create().remoteAddress(server::address))
                    .blockOptional()
                    .orElseThrow();
        } finally {
            server.disposeNow(Patience.LIMIT);
        }
    }

    private Mono<Void> download(ServerHttpRequest request, ServerHttpResponse response) {
        NettyDataBufferFactory factory = (NettyDataBufferFactory) response.bufferFactory();
        Flux<DataBuffer> body = Flux.range(0, ELEMENTS)
                .concatMap(i -> pool.acquire(ELEMENT_BYTES))
                .doOnNext(lease -> lease.buffer().writerIndex(ELEMENT_BYTES))
                .transform(Leases.detach())
                .map(factory::wrap);
        return response.writeWith(body);
    }

    private Mono<Void> upload(ServerHttpRequest request, ServerHttpResponse response) {
        Mono<DataBuffer> answer = request.getBody()
                .map(buffer -> ((NettyDataBuffer) buffer).getNativeBuffer())
                .transform(Leases.adopt())
                .transform(ByteFlux.rechunk(1000))
                .map(DemandTest::use)
                .reduce(0L, Long::sum)
                .map(bytes ->
                        response.bufferFactory().wrap(String.valueOf(bytes).getBytes(StandardCharsets.UTF_8)));
        return response.writeWith(answer);
    }

    @Test
    void aBodyGoesOutOfLeases() {
        Long bytes = with(
                this::download,
                client -> client.get()
                        .responseContent()
                        .transform(Leases.own())
                        .map(DemandTest::use)
                        .reduce(0L, Long::sum));
        assertThat(bytes).isEqualTo((long) ELEMENTS * ELEMENT_BYTES);
    }

    @Test
    void aClientThatGoesAwayLeavesNothingCharged() {
        Long bytes = with(
                this::download,
                client -> client.get()
                        .responseContent()
                        .transform(Leases.own())
                        .transform(ByteFlux.takeBytes(3L * ELEMENT_BYTES))
                        .map(DemandTest::use)
                        .reduce(0L, Long::sum));
        assertThat(bytes).isEqualTo(3L * ELEMENT_BYTES);
    }

    @Test
    void aBodyComesIntoLeases() {
        String answer = with(
                this::upload,
                client -> client.post()
                        .send(ByteBufFlux.fromString(Flux.range(0, 1_000).map(i -> "0123456789")))
                        .responseSingle((response, content) -> content.asString()));
        assertThat(answer).isEqualTo("10000");
    }
}
