package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** HTTP/2 streams, and how the allocator gets to them. */
class Http2TrafficTest {
    private static final int STREAMS = 4;
    private static final int BYTES_PER_STREAM = 3_000_017;

    @OverEveryTransport
    void concurrentStreamsBringEveryByteBack(Transport transport) {
        try (var traffic = Traffic.over(transport)) {
            echoStreams(traffic);
        }
    }

    @OverSockets
    void everyBufferOfAStreamComesOutNewAndIsReleased(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            echoStreams(traffic);
        }
    }

    // Netty's Http2StreamChannelConfig starts at ByteBufAllocator.DEFAULT and nothing copies the parent's allocator, so
    // childOption(ALLOCATOR, ...) stops at the connection. If this fails, Netty copies it, and the docs may say so.
    @OverSockets
    void theChildOptionDoesNotReachStreams(Transport transport) {
        try (var traffic = Traffic.over(transport)) {
            ByteBufAllocator ofStream = allocatorOfServerStream(traffic, /* setInInitializer= */ false);
            assertThat(ofStream).isNotSameAs(traffic.allocator()).isSameAs(ByteBufAllocator.DEFAULT);
        }
    }

    @OverSockets
    void theStreamInitializerSetsTheAllocator(Transport transport) {
        try (var traffic = Traffic.over(transport)) {
            ByteBufAllocator ofStream = allocatorOfServerStream(traffic, /* setInInitializer= */ true);
            assertThat(ofStream).isSameAs(traffic.allocator());
        }
    }

    private static void echoStreams(Traffic traffic) {
        Channel server = traffic.serve(pipeline -> Http2.server(pipeline, traffic.streams(stream -> {
            stream.channel().config().setAllocator(traffic.allocator());
            stream.addLast(Http2.echo());
        })));
        Channel connection = traffic.connect(server, Http2::client);
        List<CompletableFuture<Void>> arrivals = new ArrayList<>();
        for (int seed = 0; seed < STREAMS; seed++) {
            arrivals.add(send(traffic, connection, seed));
        }
        traffic.awaitAll(arrivals);
    }

    private static CompletableFuture<Void> send(Traffic traffic, Channel connection, long seed) {
        byte[] bytes = Payload.bytes(seed, BYTES_PER_STREAM);
        var arrival = new Arrival(bytes);
        traffic.await(Http2.open(
                connection,
                traffic.allocator(),
                traffic.streams(stream -> stream.addLast(Http2.upload(Payload.of(bytes, seed)), arrival))));
        return arrival.complete();
    }

    private static ByteBufAllocator allocatorOfServerStream(Traffic traffic, boolean setInInitializer) {
        var seen = new CompletableFuture<ByteBufAllocator>();
        Channel server = traffic.serve(pipeline -> Http2.server(pipeline, traffic.streams(stream -> {
            if (setInInitializer) {
                stream.channel().config().setAllocator(traffic.allocator());
            }
            seen.complete(stream.channel().alloc());
            stream.addLast(Http2.echo());
        })));
        byte[] bytes = {1};
        var arrival = new Arrival(bytes);
        traffic.await(Http2.open(
                traffic.connect(server, Http2::client),
                traffic.allocator(),
                traffic.streams(stream -> stream.addLast(Http2.upload(Payload.of(bytes, 0)), arrival))));
        traffic.await(arrival.complete());
        return traffic.await(seen);
    }
}
