package io.forebay.reactor;

import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.MemoryLimitError;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** A pool's budget for code that takes an allocator. */
class AsAllocatorTest {
    private static final int LIMIT_BYTES = 4 << 20;

    private final ForebayAllocator forebay = ForebayAllocator.create();
    private final MemoryBudget budget = MemoryBudget.create("test", LIMIT_BYTES);
    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(forebay, budget).deliverOn(Schedulers.parallel());

    @AfterEach
    void nothingLeaked() throws Exception {
        await().until(() -> budget.used() == 0 && budget.waiting() == 0);
        assertThat(budget.peak()).isBetween(1L, (long) LIMIT_BYTES);
        forebay.close();
        forebay.awaitTermination(Patience.LIMIT);
        assertThat(forebay.metric().direct().leaked() + forebay.metric().heap().leaked())
                .isZero();
    }

    @Test
    void buffersAndLeasesShareTheBudget() {
        ByteBuf buffer = pool.asAllocator().buffer(1 << 20);
        assertThat(budget.used()).isEqualTo(1 << 20);
        Lease lease = pool.acquire(3 << 20).blockOptional().orElseThrow();
        assertThatThrownBy(() -> pool.asAllocator().buffer(1)).isInstanceOf(MemoryLimitError.class);
        assertThatThrownBy(() -> buffer.capacity(2 << 20)).isInstanceOf(MemoryLimitError.class);
        Mono<Lease> waits = pool.acquire(1 << 20).cache();
        waits.subscribe();
        assertThat(budget.waiting()).isEqualTo(1);
        buffer.release();
        waits.blockOptional().orElseThrow().close();
        lease.close();
    }

    @Test
    void anotherAllocatorCannotBeCharged() {
        try (Buffers buffers = new Buffers()) {
            ReactiveBufferPool other = ReactiveBufferPool.create(buffers, budget);
            assertThatThrownBy(other::asAllocator)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("must be a ForebayAllocator");
        }
        pool.asAllocator().buffer(1).release();
    }

    @Test
    void springsBuffersAreCharged() {
        NettyDataBufferFactory factory = new NettyDataBufferFactory(pool.asAllocator());
        DataBuffer text = factory.allocateBuffer(10).write("0123456789", StandardCharsets.UTF_8);
        long small = budget.used();
        assertThat(small).isGreaterThanOrEqualTo(10);
        text.write(new byte[10_000]); // grows
        assertThat(budget.used()).isGreaterThan(10_000);
        DataBuffer joined = factory.join(List.of(text, factory.wrap(new byte[10])));
        DataBufferUtils.release(joined);
        assertThat(budget.used()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2C"})
    void aChannelsBuffersAreCharged(HttpProtocol protocol) {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(protocol)
                .childOption(ChannelOption.ALLOCATOR, pool.asAllocator())
                .handle((request, response) -> response.send(request.receive().retain()))
                .bindNow();
        try {
            Long echoed = HttpClient.create()
                    .option(ChannelOption.ALLOCATOR, pool.asAllocator())
                    .remoteAddress(server::address)
                    .protocol(protocol)
                    .post()
                    .send(ByteBufFlux.fromString(Flux.range(0, 10_000).map(i -> "0123456789")))
                    .responseContent()
                    .transform(Leases.own())
                    .map(DemandTest::use)
                    .reduce(0L, Long::sum)
                    .block();
            assertThat(echoed).isEqualTo(100_000);
        } finally {
            server.disposeNow(Patience.LIMIT);
        }
    }

    @Test
    void bodiesThatSpringMakesAndTakesAreCharged() {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .childOption(ChannelOption.ALLOCATOR, pool.asAllocator())
                .handle(new ReactorHttpHandlerAdapter(this::upperCase))
                .bindNow();
        try {
            String answer = HttpClient.create()
                    .remoteAddress(server::address)
                    .post()
                    .send(ByteBufFlux.fromString(Mono.just("some text")))
                    .responseSingle((response, content) -> content.asString())
                    .block();
            assertThat(answer).isEqualTo("SOME TEXT");
        } finally {
            server.disposeNow(Patience.LIMIT);
        }
    }

    private Mono<Void> upperCase(ServerHttpRequest request, ServerHttpResponse response) {
        NettyDataBufferFactory factory = new NettyDataBufferFactory(pool.asAllocator());
        Mono<DataBuffer> answer = DataBufferUtils.join(request.getBody()).map(body -> {
            String text = body.toString(StandardCharsets.UTF_8);
            DataBufferUtils.release(body);
            return factory.allocateBuffer(text.length()).write(text.toUpperCase(Locale.ROOT), StandardCharsets.UTF_8);
        });
        return response.writeWith(answer);
    }
}
