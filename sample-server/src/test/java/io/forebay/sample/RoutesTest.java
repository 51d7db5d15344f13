package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;

final class RoutesTest {
    private static final long BIG_BYTES = 30_000_001;

    private final TestServer server = TestServer.start();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void aBigEchoComesBackIdentical(Way way) {
        Fingerprint sent = Fingerprint.of(Bytes.pattern(BIG_BYTES));
        Fingerprint received = Fingerprint.of(server.client(way)
                .post()
                .uri("/echo")
                .send(Bytes.pattern(BIG_BYTES))
                .responseContent());
        assertThat(received).isEqualTo(sent);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyEchoIsEmpty(Way way) {
        Answer answer = Answer.ask(server.client(way), HttpMethod.POST, "/echo");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("application/octet-stream");
        assertThat(answer.bytes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void anUploadIsAnsweredWithItsLengthAndDigest(Way way) {
        String answer = server.client(way)
                .post()
                .uri("/upload")
                .send(Bytes.pattern(BIG_BYTES))
                .responseContent()
                .aggregate()
                .asString()
                .block(PATIENCE);
        Fingerprint sent = Fingerprint.of(Bytes.pattern(BIG_BYTES));
        assertThat(answer).isEqualTo("{\"bytes\":" + BIG_BYTES + ",\"sha256\":\"" + sent.sha256() + "\"}");
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadIsThePatternAtTheLengthAskedFor(Way way) {
        for (long bytes : new long[] {0, 1, 16_384, 16_385, BIG_BYTES}) {
            ByteBufFlux body =
                    server.client(way).get().uri("/download?bytes=" + bytes).responseContent();
            assertThat(Fingerprint.of(body)).isEqualTo(Fingerprint.of(Bytes.pattern(bytes)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1.5", "1099511627777", "99999999999999999999"})
    void aLengthThatCannotBeServedIsRefusedByName(String bytes) {
        Answer answer = Answer.get(server.client(Way.HTTP11), "/download?bytes=" + bytes);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("bytes=" + bytes);
    }

    @ParameterizedTest
    @EnumSource
    void anUploadOfMoreThanItsMaxIsRefusedByName(Way way) {
        Answer answer = Answer.post(server.client(way), "/upload?max=100000", Bytes.pattern(1_000_000));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("max=100000", "seen=");
    }

    @ParameterizedTest
    @EnumSource
    void anUploadOfJustItsMaxIsTaken(Way way) {
        Answer answer = Answer.post(server.client(way), "/upload?max=100000", Bytes.pattern(100_000));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains("\"bytes\":100000");
    }

    @ParameterizedTest
    @CsvSource({
        "/upload?max=-1, max=-1",
        "/upload?max=many, max=many",
        "/upload?mx=1, mx",
        "/download?bytes=%zz, %zz",
        "/download?bytes=1&speed=2, speed",
    })
    void aBadParameterIsRefusedByName(String uri, String named) {
        HttpMethod method = uri.startsWith("/upload") ? HttpMethod.POST : HttpMethod.GET;
        Answer answer = Answer.ask(server.client(Way.HTTP11), method, uri);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/download", "/download?bytes=1&bytes=2", "/download?byte=1"})
    void aDownloadNeedsExactlyOneLength(String uri) {
        assertThat(Answer.get(server.client(Way.HTTP11), uri).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource
    void theLargestDownloadStarts(Way way) {
        Integer first = server.client(way)
                .get()
                .uri("/download?bytes=" + DownloadRoute.MAX_BYTES)
                .responseContent()
                .map(ByteBuf::readableBytes)
                .blockFirst(PATIENCE);
        assertThat(first).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void metricsComeAsPrometheusTextUnlessOpenMetricsIsAccepted(Way way) {
        Answer text = Answer.get(server.client(way), "/metrics");
        assertThat(text.contentType()).isEqualTo(MetricsRoute.TEXT);
        assertThat(text.body())
                .contains("forebay_memory_reserved_bytes{allocator=\"server\",memory_type=\"direct\"}")
                .contains("forebay_gets_total{")
                .contains("forebay_loop_memory_idle_bytes{allocator=\"server\",loop=\"forebay-sample-")
                .contains("forebay_loop_buffers_returning{")
                .contains("netty_allocator_memory_used{allocator_type=\"ForebayAllocator\"")
                .contains("jvm_memory_used_bytes{")
                .contains("process_uptime_seconds");
        Answer openMetrics = Answer.get(accepting(way, "application/openmetrics-text"), "/metrics");
        assertThat(openMetrics.contentType()).isEqualTo(MetricsRoute.OPEN_METRICS);
        assertThat(openMetrics.body()).endsWith("# EOF\n");
    }

    @ParameterizedTest
    @EnumSource
    void theDumpIsTheAllocatorsState(Way way) {
        Answer dump = Answer.get(server.client(way), "/dump");
        assertThat(dump.contentType()).isEqualTo(Answers.PLAIN_TEXT);
        assertThat(dump.body())
                .startsWith("ForebayAllocator forebay\ndirect: reserved ")
                .contains("\nheap: reserved ", "\n  forebay-sample-")
                .endsWith("\n");
    }

    @ParameterizedTest
    @EnumSource
    void theIndexListsTheRoutes(Way way) {
        Answer index = Answer.get(server.client(way), "/");
        assertThat(index.status()).isEqualTo(200);
        assertThat(index.body())
                .contains("/echo", "/upload", "/download", "/lines", "/frames", "/live", "/events", "/dump", "/metrics")
                .contains("/tenants/{name}/hold", "/tenants/{name}/echo");
    }

    @ParameterizedTest
    @EnumSource
    void aPathNobodyServesIsNotFound(Way way) {
        assertThat(Answer.get(server.client(way), "/nope").status()).isEqualTo(404);
        assertThat(Answer.get(server.client(way), "/echo/more").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource
    void aMethodThePathDoesNotHaveIsNotAllowed(Way way) {
        Answer answer = Answer.get(server.client(way), "/echo");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.body()).contains("/echo takes POST, not GET");
    }

    @ParameterizedTest
    @EnumSource
    void whatCanBeGotHasAHeadWithoutItsBody(Way way) {
        HttpClient client = server.client(way);
        for (String uri : List.of("/", "/live", "/download?bytes=100000")) {
            Answer whole = Answer.get(client, uri);
            Answer head = Answer.ask(client, HttpMethod.HEAD, uri);
            assertThat(head.status()).as(uri).isEqualTo(200);
            assertThat(head.contentType()).as(uri).isEqualTo(whole.contentType());
            assertThat(head.header(HttpHeaderNames.CONTENT_LENGTH))
                    .as(uri)
                    .isEqualTo(Integer.toString(whole.bytes().length));
            assertThat(head.bytes()).as(uri).isEmpty();
        }
        for (String uri : List.of("/metrics", "/events", "/dump")) {
            Answer head = Answer.ask(client, HttpMethod.HEAD, uri);
            assertThat(head.status()).as(uri).isEqualTo(200);
            assertThat(head.contentType()).as(uri).startsWith("text/");
            assertThat(head.bytes()).as(uri).isEmpty();
        }
        assertThat(Answer.get(client, "/").status())
                .as("on the same connection")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void aHeadThatIsRefusedHasNoBodyEither(Way way) {
        HttpClient client = server.client(way);
        Answer noLength = Answer.ask(client, HttpMethod.HEAD, "/download");
        assertThat(noLength.status()).isEqualTo(400);
        assertThat(noLength.bytes()).isEmpty();
        Answer post = Answer.ask(client, HttpMethod.HEAD, "/echo");
        assertThat(post.status()).isEqualTo(405);
        assertThat(post.header(HttpHeaderNames.ALLOW)).isEqualTo("POST");
        Answer get = Answer.ask(client, HttpMethod.POST, "/live");
        assertThat(get.header(HttpHeaderNames.ALLOW)).isEqualTo("GET, HEAD");
    }

    /** What follows it on the connection is the next answer, as a client of HTTP/1.1 expects. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/live", "/download?bytes=100000", "/metrics", "/events", "/dump", "/download", "/nope"})
    void nothingComesBetweenAHeadAndTheNextAnswer(String uri) throws IOException {
        String requests = "HEAD " + uri + " HTTP/1.1\r\nHost: test\r\n\r\nHEAD /live HTTP/1.1\r\nHost: test\r\n\r\n";
        try (Socket client = TestServer.connectTo(server.plainAddress())) {
            client.setSoTimeout((int) PATIENCE.toMillis());
            client.getOutputStream().write(requests.getBytes(US_ASCII));
            assertThat(TestServer.head(client)).startsWith("HTTP/1.1 ");
            assertThat(TestServer.head(client)).startsWith("HTTP/1.1 200 OK\r\ncontent-type: text/html");
        }
    }

    private HttpClient accepting(Way way, String contentType) {
        return server.client(way).headers(headers -> headers.set(HttpHeaderNames.ACCEPT, contentType));
    }
}
