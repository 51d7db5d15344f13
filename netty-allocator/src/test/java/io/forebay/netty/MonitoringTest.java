package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the dashboard and the alert rules ask for is what the meters are called in Prometheus. */
class MonitoringTest {
    @ParameterizedTest
    @ValueSource(strings = {"forebay-rules.yml", "forebay-rules-test.yml", "forebay-dashboard.json"})
    void everyMetricThatIsAskedForExists(String file) throws Exception {
        Set<String> asked = asked(file);
        assertThat(asked).hasSizeGreaterThan(4);
        assertThat(bound()).containsAll(asked);
    }

    @Test
    void theDashboardShowsEveryMetric() throws Exception {
        Set<String> left = new TreeSet<>(bound());
        left.removeAll(asked("forebay-dashboard.json"));
        // Bytes and buffers of a loop are two views of one thing: one is enough.
        assertThat(left).containsExactly("forebay_loop_buffers_idle", "forebay_loop_memory_returning_bytes");
    }

    private static Set<String> asked(String file) throws Exception {
        String text = Files.readString(Path.of("../monitoring", file));
        return Pattern.compile("forebay_[a-z_]+")
                .matcher(text)
                .results()
                .map(result -> result.group())
                .filter(name -> !name.startsWith("forebay_budget_")) // the sample server's test, which has budgets
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> bound() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        DefaultEventExecutor loop = new DefaultEventExecutor();
        try (ForebayAllocator allocator = ForebayAllocator.create()) {
            loop.submit(() -> allocator.directBuffer(100).release()).sync();
            new ForebayMetrics(allocator, "edge").bindTo(registry);
            new ForebayLoopMetrics(allocator, "edge").bindTo(registry);
            return MeterNamesTest.names(registry.scrape());
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
