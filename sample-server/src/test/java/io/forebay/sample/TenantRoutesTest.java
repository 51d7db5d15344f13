package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static io.forebay.sample.Patience.WAIT;
import static io.forebay.sample.TestServer.TENANT_BYTES;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.MemoryBudget;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

final class TenantRoutesTest {
    private final TestServer server = TestServer.start();
    private final MemoryBudget all = server.services().tenants().all();

    @AfterEach
    void stopWithACleanLedger() {
        try {
            server.awaitNothingInUse();
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsHeldIsAnswered(Way way) {
        Answer answer = hold(way, "ann", "bytes=1000&millis=0&" + WAIT);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("application/json");
        assertThat(answer.body())
                .isEqualTo("{\"tenant\":\"ann\",\"held\":1000,\"used\":1000,\"limit\":1048576,\"waiting\":0}");
    }

    @ParameterizedTest
    @EnumSource
    void aSpentBudgetIsAnsweredWith503AndRetryAfter(Way way) {
        Disposable holding = holdAll("ann");
        Answer refused = hold(way, "ann", "bytes=1&wait=1");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header(HttpHeaderNames.RETRY_AFTER)).isEqualTo("1");
        assertThat(refused.body()).contains("'ann'", "asked=1", "PT0.001S");
        Answer other = hold(way, "bob", "bytes=1&millis=0&" + WAIT);
        assertThat(other.status()).as("another tenant").isEqualTo(200);
        holding.dispose();
    }

    @ParameterizedTest
    @EnumSource
    void anEchoThatFindsNoRoomIsRefusedBeforeItsBodyIsRead(Way way) {
        Disposable holding = holdAll("ann");
        Answer refused = echo(way, "/tenants/ann/echo?wait=1", 500_000);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header(HttpHeaderNames.RETRY_AFTER)).isEqualTo("1");
        holding.dispose();
    }

    @ParameterizedTest
    @EnumSource
    void aRequestWaitsForRoom(Way way) throws InterruptedException, ExecutionException, TimeoutException {
        Disposable holding = holdAll("ann");
        CompletableFuture<Answer> waiting = Answer.answerTo(
                        server.client(way), "/tenants/ann/hold?bytes=10&millis=0&wait=60000", Flux.empty())
                .toFuture();
        await().atMost(PATIENCE).until(() -> all.waiting() == 1);
        holding.dispose();
        assertThat(waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatLeavesWhileItWaitsIsForgotten(Way way) {
        Disposable holding = holdAll("ann");
        Disposable waiting = hold(server.client(way), "ann", "bytes=10&wait=60000");
        await().atMost(PATIENCE).until(() -> all.waiting() == 1);
        waiting.dispose();
        await().atMost(PATIENCE).until(() -> all.waiting() == 0);
        holding.dispose();
    }

    /** There are places for so many tenants only. */
    @Test
    void aHoldWhoseBodyHasYetToComeKeepsNoTenant() throws IOException {
        AtomicBoolean running = new AtomicBoolean();
        try (TestServer watched = TestServer.start(route -> (request, response) ->
                        Flux.from(route.apply(request, response)).doOnSubscribe(exchange -> running.set(true)));
                RawClient client = RawClient.connect(Way.HTTP11, watched.plainAddress())) {
            Tenants tenants = watched.services().tenants();
            byte[] head = "POST /tenants/ann/hold?bytes=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\n"
                    .getBytes(US_ASCII);
            client.send(head, 0, head.length);
            await().atMost(PATIENCE).untilTrue(running);
            assertThat(tenants.size()).isZero();
            client.send(new byte[1], 0, 1);
            await().atMost(PATIENCE).until(() -> tenants.size() == 1);
        }
    }

    @Test
    void theCapHoldsForAllTenantsTogether() {
        Disposable one = holdAll("ann");
        Disposable two = holdAll("bob");
        Answer refused = hold(Way.HTTP11, "cleo", "bytes=1&wait=1");
        assertThat(refused.status()).isEqualTo(503);
        one.dispose();
        two.dispose();
    }

    @Test
    void moreThanATenantMayEverHaveIsRefusedAtOnce() {
        Answer refused = hold(Way.HTTP11, "ann", "bytes=1048577&wait=60000");
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body()).contains("'ann'", "asked=1048577", "limit=1048576", "ask for less");
        assertThat(echo(Way.H2C, "/tenants/ann/echo", (int) TENANT_BYTES + 1).status())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @EnumSource
    void aCollectedEchoComesBackIdentical(Way way) {
        for (int bytes : new int[] {1, 100_000, (int) TENANT_BYTES}) {
            Answer answer = echo(way, "/tenants/ann/echo?" + WAIT, bytes);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header(HttpHeaderNames.CONTENT_LENGTH)).isEqualTo(Integer.toString(bytes));
            assertThat(Fingerprint.of(answer.bytes())).isEqualTo(Fingerprint.of(Bytes.pattern(bytes)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyEchoIsEmpty(Way way) {
        Answer answer = echo(way, "/tenants/ann/echo", 0);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.bytes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void anEchoWithoutALengthIsRefused(Way way) {
        Answer refused = Answer.post(server.client(way), "/tenants/ann/echo", Bytes.pattern(20_000));
        assertThat(refused.status()).isEqualTo(411);
        assertThat(refused.body()).contains("Content-Length");
    }

    @Test
    void aLengthBeyondAllBuffersIsRefusedByName() {
        HttpClient client =
                server.client(Way.HTTP11).headers(headers -> headers.set(HttpHeaderNames.CONTENT_LENGTH, "3000000000"));
        Answer refused = Answer.post(client, "/tenants/ann/echo", Flux.never());
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body()).contains("content-length=3000000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a%20b", "a.b", "m\u00fcller"})
    void aBadNameIsRefused(String name) {
        Answer refused = hold(Way.HTTP11, name, "bytes=1");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains("a tenant's name");
    }

    @Test
    void aNameOf65LettersIsRefused() {
        assertThat(hold(Way.HTTP11, "x".repeat(64), "bytes=1&millis=0&" + WAIT).status())
                .isEqualTo(200);
        assertThat(hold(Way.HTTP11, "x".repeat(65), "bytes=1&millis=0").status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "'', bytes",
        "bytes=0, bytes=0",
        "bytes=4m, bytes=4m",
        "bytes=2147483648, bytes=2147483648",
        "bytes=1&millis=-1, millis=-1",
        "bytes=1&millis=60001, millis=60001",
        "bytes=1&wait=0, wait=0",
        "bytes=1&wait=60001, wait=60001",
        "bytes=1&bytes=2, bytes",
        "byte=1, byte",
    })
    void aBadParameterIsRefusedByName(String query, String named) {
        Answer refused = hold(Way.HTTP11, "ann", query);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains(named);
    }

    @Test
    void anAllocatorAtItsLimitIsAnsweredWith503() {
        int most = 4 << 20;
        try (TestServer limited = TestServer.limitedTo(most)) {
            Disposable holding = hold(limited.client(Way.HTTP11), "ann", "bytes=3000000&millis=60000&" + WAIT);
            await().atMost(PATIENCE) // the budget is charged before, when another may still be the first
                    .until(() -> limited.allocator().metric().direct().inUseBytes() >= 3_000_000);
            Answer refused =
                    Answer.post(limited.client(Way.HTTP11), "/tenants/bob/hold?bytes=3000000&" + WAIT, Flux.empty());
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header(HttpHeaderNames.RETRY_AFTER)).isEqualTo("1");
            assertThat(refused.body()).contains("out of memory");
            holding.dispose();
            limited.awaitNothingInUse();
        }
    }

    /** Somebody who holds all of a tenant's memory until it is told to leave. */
    private Disposable holdAll(String tenant) {
        long before = all.used();
        Disposable holding = hold(server.client(Way.HTTP11), tenant, "bytes=" + TENANT_BYTES + "&millis=60000&" + WAIT);
        await().atMost(PATIENCE).until(() -> all.used() == before + TENANT_BYTES);
        return holding;
    }

    private static Disposable hold(HttpClient client, String tenant, String query) {
        return Answer.answerTo(client, "/tenants/" + tenant + "/hold?" + query, Flux.empty())
                .onErrorComplete()
                .subscribe();
    }

    private Answer hold(Way way, String tenant, String query) {
        return Answer.post(server.client(way), "/tenants/" + tenant + "/hold?" + query, Flux.empty());
    }

    private Answer echo(Way way, String uri, int bytes) {
        HttpClient client = server.client(way).headers(headers -> headers.set(HttpHeaderNames.CONTENT_LENGTH, bytes));
        return Answer.post(client, uri, Bytes.pattern(bytes));
    }
}
