package io.forebay.netty.traffic;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Raw bytes there and back. */
class EchoTrafficTest {
    private static final int CONNECTIONS = 8;
    private static final int BYTES_PER_CONNECTION = 8 << 20;

    @OverEveryTransport
    void everyByteComesBackOverEightConnections(Transport transport) {
        try (var traffic = Traffic.over(transport)) {
            Channel server = traffic.serve(pipeline -> pipeline.addLast(new EchoHandler()));
            traffic.awaitAll(send(traffic, server, CONNECTIONS, BYTES_PER_CONNECTION));
        }
    }

    @OverEveryTransport
    void everyBufferOfAnEchoComesOutNewAndIsReleased(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            Channel server = traffic.serve(pipeline -> pipeline.addLast(new EchoHandler()));
            traffic.awaitAll(send(traffic, server, 3, 1_000_001));
        }
    }

    private static List<CompletableFuture<Void>> send(Traffic traffic, Channel server, int connections, int length) {
        List<CompletableFuture<Void>> arrivals = new ArrayList<>();
        for (int seed = 0; seed < connections; seed++) {
            arrivals.add(send(traffic, server, seed, Payload.bytes(seed, length)));
        }
        return arrivals;
    }

    private static CompletableFuture<Void> send(Traffic traffic, Channel server, long seed, byte[] bytes) {
        var arrival = new Arrival(bytes);
        traffic.connect(server, pipeline -> pipeline.addLast(Pump.of(Payload.of(bytes, seed)), arrival));
        return arrival.complete();
    }
}
