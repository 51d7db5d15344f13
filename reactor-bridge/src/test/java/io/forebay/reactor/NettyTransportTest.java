package io.forebay.reactor;

import static io.forebay.reactor.DemandTest.ELEMENTS;
import static io.forebay.reactor.DemandTest.ELEMENT_BYTES;
import static io.forebay.reactor.DemandTest.LIMIT_BYTES;
import static io.forebay.reactor.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
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
import reactor.netty.resources.ConnectionProvider;

/**
 * The flow of {@link DemandTest} through Reactor Netty, out of a server and into one, with all memory of either end counted, the
 * channel's own, too. What comes on top of the limit is what the README says of it.
 */
class NettyTransportTest {
    private static final long BYTES = (long) ELEMENTS * ELEMENT_BYTES;

    /** What one read brings at most, by default, and what the decoder of HTTP/2 puts a frame together in. */
    private static final int READ_BYTES = 1 << 16;

    /** Of HTTP/2, by default; all but the last of a window are of that size where there is enough to send. */
    private static final int FRAME_BYTES = 1 << 14;

    /** What the channel reads into, and heads of chunks and frames, of 64 bytes each. */
    private static final int SENDING_BYTES = 2 * READ_BYTES;

    /**
     * Reactor Netty goes on reading while fewer than 32 elements wait that nobody has asked for yet; then there are those of one more
     * read, and the frames of a window of HTTP/2. Each may be all that is left of what it was read into.
     */
    private static final int RECEIVING_BYTES = 40 * READ_BYTES;

    /** The copies are of any size, and the allocator rounds them up to its classes, by at most a fifth of these. */
    private static final int ROUNDING_BYTES = LIMIT_BYTES / 4;

    private final Side sending = new Side("sending");
    private final Side receiving = new Side("receiving");
    private final MemoryBudget sendingBudget = MemoryBudget.create("sent", LIMIT_BYTES);
    private final MemoryBudget receivingBudget = MemoryBudget.create("received", LIMIT_BYTES);

    @AfterEach
    void nothingLeaked() {
        for (MemoryBudget budget : List.of(sendingBudget, receivingBudget)) {
            await().until(() -> budget.used() == 0 && budget.waiting() == 0);
            assertThat(budget.peak()).isLessThanOrEqualTo(LIMIT_BYTES);
        }
        sending.allIsBack();
        receiving.allIsBack();
        assertThat(sending.peak()).isLessThanOrEqualTo(LIMIT_BYTES + SENDING_BYTES);
    }

    enum Protocol {
        /** Pieces of a read, the most of which are there. */
        HTTP11(HttpProtocol.HTTP11, 2L * LIMIT_BYTES),

        /** Each frame in a buffer of the decoder's. */
        H2C(HttpProtocol.H2C, (long) LIMIT_BYTES / FRAME_BYTES * READ_BYTES);

        private final HttpProtocol protocol;
        private final long keptBytes; // by as many bytes as the limit that nobody copied

        Protocol(HttpProtocol protocol, long keptBytes) {
            this.protocol = protocol;
            this.keptBytes = keptBytes;
        }

        <T> T with(
                Side serving,
                Side asking,
                BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler,
                Function<HttpClient, Mono<T>> use) {
            DisposableServer server = HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .protocol(protocol)
                    .childOption(ChannelOption.ALLOCATOR, serving.allocator())
                    .handle((request, response) -> {
                        request.withConnection(serving::gives);
                        return handler.apply(request, response);
                    })
                    .bindNow();
            try {
                HttpClient client = HttpClient.create(ConnectionProvider.newConnection())
                        .remoteAddress(server::address)
                        .protocol(protocol)
                        .option(ChannelOption.ALLOCATOR, asking.allocator())
                        .doOnRequest((request, connection) -> asking.gives(connection));
                return use.apply(client).blockOptional().orElseThrow();
            } finally {
                server.disposeNow(Patience.LIMIT);
            }
        }
    }

    /**
     * Not on the releasing thread: a transport releases in the middle of its writes, and HTTP/2 does not bear to be written to from
     * there.
     */
    private static ReactiveBufferPool pool(Side side, MemoryBudget budget) {
        return ReactiveBufferPool.create(side.allocator(), budget).deliverOn(Schedulers.parallel());
    }

    /** Operators that prefetch by the hundred, and pass on what they get. */
    private static Flux<Lease> prefetched(Flux<Lease> flux) {
        return flux.publishOn(Schedulers.parallel())
                .flatMap(lease -> Mono.just(lease).publishOn(Schedulers.boundedElastic()))
                .concatMap(lease -> Mono.just(lease).publishOn(Schedulers.parallel()));
    }

    /** In a scope: what they hold when the receiver goes, they lose. */
    private Flux<ByteBuf> sent() {
        return pool(sending, sendingBudget)
                .scoped(scope -> DemandTest.source(scope::acquire)
                        .transform(NettyTransportTest::prefetched)
                        .transform(Leases.detach()));
    }

    /** So slowly that there is no room at least once. */
    private static Mono<Long> usedSlowly(Flux<Lease> received, BooleanSupplier isSpent) {
        Mono<Long> spent = Flux.interval(Duration.ofMillis(1))
                .filter(tick -> isSpent.getAsBoolean())
                .next()
                .cache();
        return received.transform(NettyTransportTest::prefetched)
                .delayUntil(lease -> spent)
                .map(DemandTest::use)
                .reduce(0L, Long::sum);
    }

    /** Copied into memory of the budget: what came goes back at once, and no more is asked for until there is room. */
    private Mono<Long> receivedWithinTheBudget(Flux<ByteBuf> lent) {
        return pool(receiving, receivingBudget)
                .scopedMono(scope -> usedSlowly(
                        lent.map(scope::own).concatMap(lease -> copied(lease, scope), /* prefetch= */ 0),
                        () -> receivingBudget.waiting() > 0));
    }

    private static Mono<Lease> copied(Lease lease, LeaseScope scope) {
        return scope.acquire(lease.buffer().readableBytes()).map(room -> {
            try (lease) {
                room.buffer().writeBytes(lease.buffer());
            }
            return room;
        });
    }

    /** Without a copy, and without a budget. */
    private Mono<Long> receivedWithinTheRate(Flux<ByteBuf> lent) {
        return usedSlowly(
                lent.transform(Leases.own()).transform(ByteFlux.limitRateBytes(LIMIT_BYTES)),
                () -> receiving.peak() >= LIMIT_BYTES);
    }

    private Long download(Protocol protocol, Function<Flux<ByteBuf>, Mono<Long>> receiver) {
        return protocol.with(
                sending,
                receiving,
                (request, response) -> response.send(sent()),
                client -> client.get()
                        .response((response, content) -> receiver.apply(content))
                        .next());
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadWithinBudgets(Protocol protocol) {
        assertThat(download(protocol, this::receivedWithinTheBudget)).isEqualTo(BYTES);
        assertThat(receiving.peak())
                .isBetween((long) LIMIT_BYTES, (long) LIMIT_BYTES + ROUNDING_BYTES + RECEIVING_BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void anUploadWithinBudgets(Protocol protocol) {
        String received = protocol.with(
                receiving,
                sending,
                (request, response) -> response.sendString(
                        receivedWithinTheBudget(request.receive()).map(String::valueOf)),
                client -> client.post().send(sent()).responseSingle((response, content) -> content.asString()));
        assertThat(received).isEqualTo(String.valueOf(BYTES));
        assertThat(receiving.peak())
                .isBetween((long) LIMIT_BYTES, (long) LIMIT_BYTES + ROUNDING_BYTES + RECEIVING_BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadWithinTheRateKeepsWhatItsBytesAreIn(Protocol protocol) {
        assertThat(download(protocol, this::receivedWithinTheRate)).isEqualTo(BYTES);
        assertThat(receiving.peak()).isBetween((long) LIMIT_BYTES, protocol.keptBytes + RECEIVING_BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatGoesAwayInTheMiddleLeavesNothingCharged(Protocol protocol) {
        Long received = download(
                protocol,
                lent -> lent.transform(Leases.own())
                        .transform(ByteFlux.takeBytes(5L * LIMIT_BYTES))
                        .map(DemandTest::use)
                        .reduce(0L, Long::sum));
        assertThat(received).isEqualTo(5L * LIMIT_BYTES);
    }
}
