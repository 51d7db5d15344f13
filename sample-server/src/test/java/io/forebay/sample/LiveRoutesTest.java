package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static io.forebay.sample.Patience.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

final class LiveRoutesTest {
    private final TestServer server = TestServer.start();

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
    void theStateComesAsServerSentEvents(Way way) {
        Answer.post(server.client(way), "/tenants/ann/hold?bytes=1000&millis=0&" + WAIT, Flux.empty());
        List<String> events = server.client(way)
                .get()
                .uri("/events")
                .response((response, body) -> {
                    assertThat(response.responseHeaders().get("content-type")).isEqualTo("text/event-stream");
                    return body.asString();
                })
                .bufferUntil(part -> part.endsWith("\n\n")) // an event may come in parts
                .map(parts -> String.join("", parts))
                .take(2)
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();
        assertThat(events)
                .hasSize(2)
                .allSatisfy(event -> assertThat(event)
                        .startsWith("data: {\"allocator\":\"forebay\",")
                        .endsWith("}\n\n")
                        .contains("\"gets\":{\"private\":", "\"leaked\":0", "\"loops\":[{\"thread\":")
                        .contains("{\"name\":\"ann\",\"limit\":" + TestServer.TENANT_BYTES
                                + ",\"used\":0,\"peak\":1000,"));
    }

    @ParameterizedTest
    @EnumSource
    void thePageNeedsNothingFromElsewhere(Way way) {
        Answer page = Answer.get(server.client(way), "/live");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(page.body()).contains("new EventSource('/events')", "default-src 'none'");
        Matcher addresses = Pattern.compile("https?://[^'\"\\s]*").matcher(page.body());
        assertThat(addresses.results().map(found -> found.group()))
                .as("but the name of a markup language")
                .containsOnly("http://www.w3.org/2000/svg");
    }

    /** A browser gives up on events that were answered with another status, as with 503 at a limit. */
    @Test
    void thePageComesBackAfterARefusal() {
        String page = Answer.get(server.client(Way.HTTP11), "/live").body();
        assertThat(page).contains("if (events.readyState === EventSource.CLOSED) setTimeout(watch, ");
    }

    @Test
    void requestsAreCounted() {
        long before = server.services().requests().sum();
        Answer.get(server.client(Way.HTTP11), "/");
        Answer.get(server.client(Way.H2C), "/nope");
        assertThat(server.services().requests().sum()).isEqualTo(before + 2);
    }
}
