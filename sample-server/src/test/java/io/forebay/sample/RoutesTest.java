package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
        Fingerprint sent = Fingerprint.of(pattern(BIG_BYTES));
        Fingerprint received = Fingerprint.of(
                server.client(way).post().uri("/echo").send(pattern(BIG_BYTES)).responseContent());
        assertThat(received).isEqualTo(sent);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyEchoIsEmpty(Way way) {
        assertThat(ask(server.client(way), HttpMethod.POST, "/echo"))
                .isEqualTo(new Answer(200, "application/octet-stream", ""));
    }

    @ParameterizedTest
    @EnumSource
    void anUploadIsAnsweredWithItsLengthAndDigest(Way way) {
        String answer = server.client(way)
                .post()
                .uri("/upload")
                .send(pattern(BIG_BYTES))
                .responseContent()
                .aggregate()
                .asString()
                .block(PATIENCE);
        Fingerprint sent = Fingerprint.of(pattern(BIG_BYTES));
        assertThat(answer).isEqualTo("{\"bytes\":" + BIG_BYTES + ",\"sha256\":\"" + sent.sha256() + "\"}");
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadIsThePatternAtTheLengthAskedFor(Way way) {
        for (long bytes : new long[] {0, 1, 16_384, 16_385, BIG_BYTES}) {
            ByteBufFlux body =
                    server.client(way).get().uri("/download?bytes=" + bytes).responseContent();
            assertThat(Fingerprint.of(body)).isEqualTo(Fingerprint.of(pattern(bytes)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1.5", "1099511627777", "99999999999999999999"})
    void aLengthThatCannotBeServedIsRefusedByName(String bytes) {
        Answer answer = ask(server.client(Way.HTTP11), HttpMethod.GET, "/download?bytes=" + bytes);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("bytes=" + bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/download", "/download?bytes=1&bytes=2", "/download?byte=1"})
    void aDownloadNeedsExactlyOneLength(String uri) {
        assertThat(ask(server.client(Way.HTTP11), HttpMethod.GET, uri).status()).isEqualTo(400);
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
        Answer text = ask(server.client(way), HttpMethod.GET, "/metrics");
        assertThat(text.contentType()).isEqualTo(MetricsRoute.TEXT);
        assertThat(text.body())
                .contains("forebay_memory_reserved_bytes{allocator=\"server\",memory_type=\"direct\"}")
                .contains("forebay_gets_total{")
                .contains("netty_allocator_memory_used{allocator_type=\"ForebayAllocator\"")
                .contains("jvm_memory_used_bytes{")
                .contains("process_uptime_seconds");
        Answer openMetrics = ask(accepting(way, "application/openmetrics-text"), HttpMethod.GET, "/metrics");
        assertThat(openMetrics.contentType()).isEqualTo(MetricsRoute.OPEN_METRICS);
        assertThat(openMetrics.body()).endsWith("# EOF\n");
    }

    @ParameterizedTest
    @EnumSource
    void theIndexListsTheRoutes(Way way) {
        Answer index = ask(server.client(way), HttpMethod.GET, "/");
        assertThat(index.status()).isEqualTo(200);
        assertThat(index.body()).contains("/echo", "/upload", "/download", "/metrics");
    }

    @ParameterizedTest
    @EnumSource
    void aPathNobodyServesIsNotFound(Way way) {
        assertThat(ask(server.client(way), HttpMethod.GET, "/nope").status()).isEqualTo(404);
        assertThat(ask(server.client(way), HttpMethod.GET, "/echo/more").status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource
    void aMethodThePathDoesNotHaveIsNotAllowed(Way way) {
        Answer answer = ask(server.client(way), HttpMethod.GET, "/echo");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.body()).contains("/echo takes POST, not GET");
    }

    private HttpClient accepting(Way way, String contentType) {
        return server.client(way).headers(headers -> headers.set(HttpHeaderNames.ACCEPT, contentType));
    }

    private static Flux<ByteBuf> pattern(long bytes) {
        return TestPattern.stream(ByteBufAllocator.DEFAULT, bytes);
    }

    private static Answer ask(HttpClient client, HttpMethod method, String uri) {
        return client.request(method)
                .uri(uri)
                .responseSingle((response, body) -> body.asString()
                        .defaultIfEmpty("")
                        .map(text -> new Answer(
                                response.status().code(),
                                response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE, ""),
                                text)))
                .switchIfEmpty(Mono.error(() -> new AssertionError("no answer")))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private record Answer(int status, String contentType, String body) {}
}
