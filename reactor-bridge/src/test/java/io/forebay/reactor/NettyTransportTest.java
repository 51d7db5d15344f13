package io.forebay.reactor;

import static io.forebay.reactor.DemandTest.ELEMENTS;
import static io.forebay.reactor.DemandTest.ELEMENT_BYTES;
import static io.forebay.reactor.DemandTest.LIMIT_BYTES;
import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** The flow of {@link DemandTest} through Reactor Netty, out of a server and into one. */
class NettyTransportTest {
    private static final long BYTES = (long) ELEMENTS * ELEMENT_BYTES;

    private final PeakAllocator allocator = new PeakAllocator();
    private final MemoryBudget budget = MemoryBudget.create("test", LIMIT_BYTES);
    // Not on the releasing thread: a transport releases in the middle of its writes, and HTTP/2 does not bear to be
    // written to from there.
    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(allocator, budget).deliverOn(Schedulers.parallel());

    @AfterEach
    void nothingLeaked() {
        await().until(() -> allocator.used() == 0 && budget.used() == 0 && budget.waiting() == 0);
        assertThat(budget.peak()).isLessThanOrEqualTo(LIMIT_BYTES);
        assertThat(allocator.peak()).isLessThanOrEqualTo(LIMIT_BYTES);
    }

    enum Protocol {
        HTTP11(HttpProtocol.HTTP11),
        H2C(HttpProtocol.H2C);

        private final HttpProtocol protocol;

        Protocol(HttpProtocol protocol) {
            this.protocol = protocol;
        }

        <T> T with(
                BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler,
                Function<HttpClient, Mono<T>> use) {
            DisposableServer server = HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .protocol(protocol)
                    .handle(handler)
                    .bindNow();
            try {
                HttpClient client =
                        HttpClient.create().remoteAddress(server::address).protocol(protocol);
                return use.apply(client).blockOptional().orElseThrow();
            } finally {
                server.disposeNow(Patience.LIMIT);
            }
        }
    }

    /** Operators that prefetch by the hundred, and pass on what they get. */
    private static Flux<Lease> prefetched(Flux<Lease> flux) {
        return flux.publishOn(Schedulers.parallel())
                .flatMap(lease -> Mono.just(lease).publishOn(Schedulers.boundedElastic()))
                .concatMap(lease -> Mono.just(lease).publishOn(Schedulers.parallel()));
    }

    /** In a scope: what they hold when the receiver goes, they lose. */
    private Flux<ByteBuf> sent() {
        return pool.scoped(scope -> DemandTest.source(scope::acquire)
                .transform(NettyTransportTest::prefetched)
                .transform(Leases.detach()));
    }

    /** What is out at the receiving end, at most. */
    private static final class Gauge {
        private final AtomicLong out = new AtomicLong();
        private final AtomicLong peak = new AtomicLong();

        Mono<Long> receive(Flux<Lease> received) {
            return received.doOnNext(lease -> {
                        long now = out.addAndGet(lease.buffer().readableBytes());
                        peak.accumulateAndGet(now, Math::max);
                    })
                    .transform(ByteFlux.limitRateBytes(LIMIT_BYTES))
                    .transform(NettyTransportTest::prefetched)
                    .map(lease -> {
                        out.addAndGet(-lease.buffer().readableBytes()); // before the close, which lets more in
                        return DemandTest.use(lease);
                    })
                    .reduce(0L, Long::sum);
        }

        void check() {
            assertThat(peak.get()).isBetween(1L, (long) LIMIT_BYTES + ELEMENT_BYTES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void download(Protocol protocol) {
        Gauge gauge = new Gauge();
        Long received = protocol.with(
                (request, response) -> response.send(sent()),
                client -> client.get()
                        .response((response, content) -> gauge.receive(content.transform(Leases.own())))
                        .next());
        assertThat(received).isEqualTo(BYTES);
        gauge.check();
    }

    @ParameterizedTest
    @EnumSource
    void upload(Protocol protocol) {
        Gauge gauge = new Gauge();
        String received = protocol.with(
                (request, response) -> response.sendString(
                        gauge.receive(request.receive().transform(Leases.own())).map(String::valueOf)),
                client -> client.post().send(sent()).responseSingle((response, content) -> content.asString()));
        assertThat(received).isEqualTo(String.valueOf(BYTES));
        gauge.check();
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatGoesAwayInTheMiddleLeavesNothingCharged(Protocol protocol) {
        Long received = protocol.with(
                (request, response) -> response.send(sent()),
                client -> client.get()
                        .response((response, content) -> content.transform(Leases.own())
                                .transform(ByteFlux.takeBytes(5L * LIMIT_BYTES))
                                .map(DemandTest::use)
                                .reduce(0L, Long::sum))
                        .next());
        assertThat(received).isEqualTo(5L * LIMIT_BYTES);
    }
}
