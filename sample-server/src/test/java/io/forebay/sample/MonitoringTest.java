package io.forebay.sample;

import static io.forebay.sample.Patience.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** What the dashboard and the alert rules ask of budgets is what a server with budgets tells. */
final class MonitoringTest {
    private static final Pattern BUDGET_METRIC = Pattern.compile("forebay_budget_[a-z_]+");

    private final TestServer server = TestServer.start();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    private String metrics() {
        return Answer.get(server.client(Way.HTTP11), "/metrics").body();
    }

    private static Set<String> budgetMetrics(String text) {
        return BUDGET_METRIC
                .matcher(text)
                .results()
                .map(result -> result.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> asked(String file) throws IOException {
        return budgetMetrics(Files.readString(Path.of("../monitoring", file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"forebay-rules.yml", "forebay-rules-test.yml"})
    void everyMetricThatIsAskedForExists(String file) throws IOException {
        assertThat(asked(file)).hasSizeGreaterThan(2);
        assertThat(budgetMetrics(metrics())).containsAll(asked(file));
    }

    @Test
    void theDashboardShowsEveryMetric() throws IOException {
        assertThat(asked("forebay-dashboard.json")).isEqualTo(budgetMetrics(metrics()));
    }

    @Test
    void tenantsAreCountedTogetherUnderOneName() {
        String hold = "/tenants/%s/hold?bytes=1000&millis=0&" + WAIT;
        Answer.post(server.client(Way.HTTP11), hold.formatted("ann"), Flux.empty());
        Answer.post(server.client(Way.HTTP11), hold.formatted("bob"), Flux.empty());
        assertThat(metrics())
                .contains("forebay_budget_limit_bytes{budget=\"tenants\"} " + (double) (2 * TestServer.TENANT_BYTES))
                .contains("forebay_budget_requests_total{budget=\"tenants\",outcome=\"granted\"} 2.0")
                .doesNotContain("budget=\"ann\"");
    }
}
