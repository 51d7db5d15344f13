package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static io.forebay.sample.Patience.WAIT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Who is silent is cut off, and whoever waits for the server is not. */
final class TimeoutsTest {
    private static final int PROMISED = 1_000_000;

    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration FOREVER = Duration.ofDays(1);

    /** Longer than it takes on a slow machine from a connection to its first request, and to the end of that. */
    private static final Duration SLOW = Duration.ofSeconds(4);

    /** Longer than each of these, for what must outlive them. */
    private static final long LONG_MILLIS = 5_000;

    private static final String EVENT = "data: {";

    /** One comes a second, and so many take that long. */
    private static final int EVENTS = 1 + (int) LONG_MILLIS / 1_000;

    private TestServer server = TestServer.start(new Timeouts(SHORT, FOREVER));

    @AfterEach
    void stopWithACleanLedger() {
        try {
            server.awaitNothingInUse();
        } finally {
            server.close();
        }
    }

    /** Both, but for HTTP/2, where the time between requests is of a connection that is silent. */
    private static Timeouts shortFor(Way way) {
        return new Timeouts(SLOW, way.http2() ? FOREVER : SLOW);
    }

    private void restart(Timeouts timeouts) {
        server.close();
        server = TestServer.start(timeouts);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyThatDoesNotComeGivesItsMemoryBack(Way way) throws IOException {
        try (RawClient client = RawClient.connect(way, server.address(way))) {
            byte[] head = headOfAnEcho(way);
            client.send(head, 0, head.length);
            await().atMost(PATIENCE)
                    .until(() -> server.services().tenants().all().stats().peakBytes() == PROMISED);
            await().atMost(PATIENCE)
                    .until(() -> server.services().tenants().all().used() == 0);
        }
    }

    private static byte[] headOfAnEcho(Way way) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (way.http2()) {
            Http2Bytes http2 = new Http2Bytes(out);
            http2.preface();
            http2.headers(way, 1, "POST", "/tenants/ann/echo?" + WAIT, PROMISED);
        } else {
            out.writeBytes(("POST /tenants/ann/echo?" + WAIT + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + PROMISED
                            + "\r\n\r\n")
                    .getBytes(US_ASCII));
        }
        return out.toByteArray();
    }

    @Test
    void aBodyThatDoesNotComeIsAnsweredBeforeTheEnd() throws IOException {
        try (Socket client = TestServer.connectTo(server.plainAddress())) {
            client.setSoTimeout((int) PATIENCE.toMillis());
            client.getOutputStream().write(headOfAnEcho(Way.HTTP11));
            String answer = new String(client.getInputStream().readAllBytes(), US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 408 ").endsWith("\r\n\r\n").contains("content-length: 0\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatTakesLongIsNotCutOff(Way way) {
        restart(shortFor(way));
        String hold = "/tenants/ann/hold?bytes=1000&millis=" + LONG_MILLIS + '&' + WAIT;
        assertThat(Answer.post(server.client(way), hold, Flux.empty()).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /tenants/ann/hold?bytes=1000&millis=" + LONG_MILLIS + '&' + WAIT,
        "GET, /download?bytes=30000000", // more than sockets take
    })
    void anAnswerThatTakesLongIsNotCutOffWhereTheBodyEndsAPacketLater(String method, String uri) throws IOException {
        restart(shortFor(Way.HTTP11));
        try (RawClient client = askInTwoPackets(method, uri)) {
            server.client(Way.HTTP11)
                    .get()
                    .uri("/events")
                    .responseContent()
                    .asString()
                    .filter(part -> part.startsWith(EVENT))
                    .take(EVENTS)
                    .blockLast(PATIENCE);
            String answer = client.readAll(PATIENCE);
            int body = answer.length() - (answer.indexOf("\r\n\r\n") + 4);
            assertThat(answer).startsWith("HTTP/1.1 200 ").contains("\r\ncontent-length: " + body + "\r\n");
        }
    }

    @Test
    void eventsAreNotCutOffWhereTheBodyEndsAPacketLater() throws IOException {
        restart(shortFor(Way.HTTP11));
        try (RawClient client = askInTwoPackets("GET", "/events")) {
            for (int event = 0; event < EVENTS; event++) {
                assertThat(client.readUntil(EVENT, PATIENCE)).endsWith(EVENT);
            }
        }
    }

    /** In chunks, of which the last is sent when the request is served. */
    private RawClient askInTwoPackets(String method, String uri) throws IOException {
        String fields = "Host: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        byte[] head = (method + ' ' + uri + " HTTP/1.1\r\n" + fields).getBytes(US_ASCII);
        byte[] end = "0\r\n\r\n".getBytes(US_ASCII);
        RawClient client = RawClient.connect(Way.HTTP11, server.plainAddress());
        client.send(head, 0, head.length);
        await().atMost(PATIENCE).until(() -> server.services().requests().sum() > 0);
        client.send(end, 0, end.length);
        return client;
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadThatIsReadSlowlyIsNotCutOff(Way way) {
        restart(shortFor(way));
        int bytes = 30_000_000;
        Long read = server.client(way)
                .get()
                .uri("/download?bytes=" + bytes)
                .responseContent()
                .map(ByteBuf::readableBytes)
                .publishOn(Schedulers.boundedElastic(), /* prefetch= */ 1)
                .switchOnFirst((first, pieces) ->
                        pieces.delaySubscription(Duration.ofMillis(LONG_MILLIS), Schedulers.boundedElastic()))
                .reduce(0L, Long::sum)
                .block(PATIENCE);
        assertThat(read).isEqualTo(bytes);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionWithoutARequestIsClosed(Way way) throws IOException {
        restart(new Timeouts(FOREVER, SHORT));
        try (RawClient client = RawClient.connect(way, server.address(way))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (way.http2()) {
                new Http2Bytes(out).preface();
            } else {
                out.writeBytes("GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(US_ASCII));
            }
            client.send(out.toByteArray(), 0, out.size());
            assertThat(client.endsWithin(PATIENCE)).isTrue();
        }
    }
}
