package io.forebay.netty.traffic;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** HTTP/1.1, whole and streamed. */
class Http1TrafficTest {
    private static final List<byte[]> BODIES_OF_EVERY_SIZE = Stream.of(0, 1, 100, 4_096, 65_537, 1_000_000, 0, 3 << 20)
            .map(length -> Payload.bytes(length, length))
            .toList();

    private static final List<byte[]> MANY_SMALL_BODIES =
            IntStream.range(0, 2_000).mapToObj(i -> Payload.bytes(i, i % 300)).toList();

    @OverEveryTransport
    void aConnectionKeptAliveCarriesOneBodyAfterTheOther(Transport transport) {
        call(transport, BODIES_OF_EVERY_SIZE, /* depth= */ 1);
    }

    @OverEveryTransport
    void pipelinedRequestsAreAnsweredInOrder(Transport transport) {
        call(transport, MANY_SMALL_BODIES, MANY_SMALL_BODIES.size());
    }

    @OverEveryTransport
    void aChunkedUploadComesBackAsAChunkedDownload(Transport transport) {
        byte[] bytes = Payload.bytes(1, 8 << 20);
        stream(
                transport,
                Http1::streamingServer,
                bytes,
                (pipeline, arrival) -> Http1.streamingClient(pipeline, Payload.of(bytes, 2), arrival));
    }

    @OverEveryTransport
    void aCompressedUploadComesBackAsACompressedDownload(Transport transport) {
        byte[] bytes = compressible(4 << 20);
        byte[] gzipped = gzip(bytes);
        stream(
                transport,
                Http1::compressingServer,
                bytes,
                (pipeline, arrival) -> Http1.compressingClient(pipeline, Payload.of(gzipped, 3), arrival));
    }

    private static void call(Transport transport, List<byte[]> bodies, int depth) {
        try (var traffic = Traffic.witnessedOver(transport)) {
            Channel server = traffic.serve(Http1::aggregatingServer);
            var caller = new Http1Caller(bodies, depth);
            traffic.connect(server, pipeline -> Http1.aggregatingClient(pipeline, caller));
            traffic.await(caller.complete());
        }
    }

    private interface Client {
        void setUp(ChannelPipeline pipeline, Arrival arrival);
    }

    private static void stream(
            Transport transport, Consumer<ChannelPipeline> serverSetup, byte[] expected, Client client) {
        try (var traffic = Traffic.over(transport)) {
            Channel server = traffic.serve(serverSetup);
            var arrival = new Arrival(expected);
            traffic.connect(server, pipeline -> client.setUp(pipeline, arrival));
            traffic.await(arrival.complete());
        }
    }

    private static byte[] compressible(int length) {
        byte[] noise = Payload.bytes(5, length);
        byte[] words = "a forebay evens out what comes in ".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < length; i++) {
            noise[i] = i % 4_096 < 512 ? noise[i] : words[i % words.length];
        }
        return noise;
    }

    private static byte[] gzip(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("no I/O in memory", e);
        }
        return out.toByteArray();
    }
}
