package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.channel.ChannelOption;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** WebFlux at both ends, with the pool's allocator below it and leases above: all its memory is the budget's. */
class WebFluxTest {
    private static final int ELEMENT_BYTES = 1 << 14;
    private static final int ELEMENTS = 500;

    private final ForebayAllocator allocator = ForebayAllocator.create();
    private final MemoryBudget budget = MemoryBudget.create("web", 16 << 20);
    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel());
    private final NettyDataBufferFactory factory = new NettyDataBufferFactory(pool.asAllocator());

    @AfterEach
    void nothingLeaked() {
        // all at once: a connection that is told of its end later has a buffer to read that into
        await().until(() -> budget.used() == 0
                && budget.waiting() == 0
                && allocator.outstanding().isEmpty());
        assertThat(budget.peak()).isPositive();
        allocator.close();
    }

    enum Protocol {
        HTTP11(HttpProtocol.HTTP11),
        H2C(HttpProtocol.H2C);

        private final HttpProtocol protocol;

        Protocol(HttpProtocol protocol) {
            this.protocol = protocol;
        }
    }

    private <T> T with(Protocol protocol, Function<WebClient, Mono<T>> use) {
        RouterFunction<ServerResponse> routes = route().GET("/download", request -> download())
                .POST("/upload", this::upload)
                .POST("/upper", WebFluxTest::upper)
                .build();
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(protocol.protocol)
                .childOption(ChannelOption.ALLOCATOR, pool.asAllocator())
                .handle(new ReactorHttpHandlerAdapter(RouterFunctions.toHttpHandler(routes)))
                .bindNow();
        try {
            HttpClient client = HttpClient.newConnection()
                    .remoteAddress(server::address)
                    .protocol(protocol.protocol)
                    .option(ChannelOption.ALLOCATOR, pool.asAllocator());
            WebClient web = WebClient.builder()
                    .clientConnector(new ReactorClientHttpConnector(client))
                    .build();
            return use.apply(web).blockOptional().orElseThrow();
        } finally {
            server.disposeNow(Patience.LIMIT);
        }
    }

    private Flux<DataBuffer> body() {
        return pool.scoped(scope -> Flux.range(0, ELEMENTS)
                .concatMap(i -> scope.acquire(ELEMENT_BYTES))
                .doOnNext(lease -> lease.buffer().writerIndex(ELEMENT_BYTES))
                .transform(Leases.detach())
                .map(factory::wrap));
    }

    private Mono<ServerResponse> download() {
        return ServerResponse.ok().body(BodyInserters.fromDataBuffers(body()));
    }

    private Mono<ServerResponse> upload(ServerRequest request) {
        return count(request.body(BodyExtractors.toDataBuffers()))
                .flatMap(bytes -> ServerResponse.ok().bodyValue(String.valueOf(bytes)));
    }

    /** Through Spring's own codecs. */
    private static Mono<ServerResponse> upper(ServerRequest request) {
        return request.bodyToMono(String.class)
                .flatMap(text -> ServerResponse.ok().bodyValue(text.toUpperCase(Locale.ROOT)));
    }

    private static Mono<Long> count(Flux<DataBuffer> body) {
        return body.map(buffer -> ((NettyDataBuffer) buffer).getNativeBuffer())
                .transform(Leases.adopt())
                .transform(ByteFlux.rechunk(1_000))
                .transform(Leases.consume(buffer -> (long) buffer.readableBytes()))
                .reduce(0L, Long::sum);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyGoesOutOfLeasesAndComesIntoLeases(Protocol protocol) {
        Long received = with(
                protocol,
                web -> web.get()
                        .uri("/download")
                        .exchangeToMono(response -> count(response.body(BodyExtractors.toDataBuffers()))));
        assertThat(received).isEqualTo((long) ELEMENTS * ELEMENT_BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyIsSentFromLeases(Protocol protocol) {
        String answer = with(
                protocol,
                web -> web.post()
                        .uri("/upload")
                        .body(BodyInserters.fromDataBuffers(body()))
                        .retrieve()
                        .bodyToMono(String.class));
        assertThat(answer).isEqualTo(String.valueOf((long) ELEMENTS * ELEMENT_BYTES));
    }

    @ParameterizedTest
    @EnumSource
    void whatItsCodecsMakeIsCharged(Protocol protocol) {
        String answer = with(
                protocol,
                web -> web.post()
                        .uri("/upper")
                        .bodyValue("some text")
                        .retrieve()
                        .bodyToMono(String.class));
        assertThat(answer).isEqualTo("SOME TEXT");
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatGoesAwayLeavesNothingCharged(Protocol protocol) {
        Long received = with(
                protocol,
                web -> web.get()
                        .uri("/download")
                        .exchangeToMono(response -> response.body(BodyExtractors.toDataBuffers())
                                .map(buffer -> ((NettyDataBuffer) buffer).getNativeBuffer())
                                .transform(Leases.adopt())
                                .transform(ByteFlux.takeBytes(3L * ELEMENT_BYTES))
                                .transform(Leases.consume(buffer -> (long) buffer.readableBytes()))
                                .reduce(0L, Long::sum)));
        assertThat(received).isEqualTo(3L * ELEMENT_BYTES);
    }
}
