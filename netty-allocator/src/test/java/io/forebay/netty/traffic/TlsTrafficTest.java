package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Large transfers through the JDK's TLS engine, which works on heap buffers. */
class TlsTrafficTest {
    private static final int CONNECTIONS = 2;
    private static final int BYTES_PER_CONNECTION = 3_000_011;

    @OverEveryTransport
    void everyByteComesBackOverTls12(Transport transport) {
        echo(transport, "TLSv1.2");
    }

    @OverEveryTransport
    void everyByteComesBackOverTls13(Transport transport) {
        echo(transport, "TLSv1.3");
    }

    @OverEveryTransport
    void aChunkedUploadComesBackOverTls13(Transport transport) {
        var tls = Tls.of("TLSv1.3");
        byte[] bytes = Payload.bytes(7, 4 << 20);
        var arrival = new Arrival(bytes);
        try (var traffic = Traffic.over(transport)) {
            Channel server = traffic.serve(pipeline -> Http1.streamingServer(tls.secureServer(pipeline)));
            traffic.connect(
                    server,
                    pipeline -> Http1.streamingClient(tls.secureClient(pipeline), Payload.of(bytes, 8), arrival));
            traffic.await(arrival.complete());
        }
    }

    // SslHandler wraps into heap buffers with the JDK's engine, whatever the transport prefers: pooling only direct
    // memory would leave most of TLS unpooled.
    @OverSockets
    void theJdkEngineTakesHeapBuffers(Transport transport) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            echo(traffic, Tls.of("TLSv1.3"));
            assertThat(traffic.witness().heapBuffers()).isGreaterThan(BYTES_PER_CONNECTION / 16_384);
        }
    }

    private static void echo(Transport transport, String version) {
        try (var traffic = Traffic.over(transport)) {
            echo(traffic, Tls.of(version));
        }
    }

    private static void echo(Traffic traffic, Tls tls) {
        Channel server = traffic.serve(pipeline -> tls.secureServer(pipeline).addLast(new EchoHandler()));
        List<CompletableFuture<Void>> arrivals = new ArrayList<>();
        for (int seed = 0; seed < CONNECTIONS; seed++) {
            byte[] bytes = Payload.bytes(seed, BYTES_PER_CONNECTION);
            var payload = Payload.of(bytes, seed);
            var arrival = new Arrival(bytes);
            traffic.connect(server, pipeline -> tls.secureClient(pipeline).addLast(Pump.of(payload), arrival));
            arrivals.add(arrival.complete());
        }
        traffic.awaitAll(arrivals);
    }
}
