package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The meters of several allocators in one registry. */
class MeterNamesTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator first = ForebayAllocator.create();
    private final ForebayAllocator second =
            ForebayAllocator.builder().maxMemory(1 << 20).build();

    @AfterEach
    void end() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        first.close();
        second.close();
    }

    @Test
    void oneNameHasOneSetOfTagKeys() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        bind(registry);
        Map<String, Set<String>> keys = new HashMap<>();
        assertThat(registry.getMeters()).isNotEmpty().allSatisfy(meter -> {
            Set<String> own = meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toSet());
            assertThat(keys.computeIfAbsent(meter.getId().getName(), name -> own))
                    .isEqualTo(own);
            assertThat(meter.getId().getName()).matches("[a-z]+(\\.[a-z]+)+");
        });
    }

    @Test
    void prometheusTakesThemAll() throws Exception {
        SimpleMeterRegistry all = new SimpleMeterRegistry();
        bind(all);
        String text = scrape();
        assertThat(series(text)).hasSize(all.getMeters().size());
        assertThat(names(text))
                .contains(
                        "forebay_memory_in_use_bytes",
                        "forebay_memory_limit_bytes",
                        "forebay_memory_retired_bytes",
                        "forebay_limit_hits_total",
                        "forebay_buffers_leaked_total",
                        "forebay_loop_buffers_idle",
                        "forebay_gets_total");
        assertThat(text)
                .containsPattern("forebay_memory_limit_bytes\\{allocator=\"first\",memory_type=\"heap\"} \\+Inf");
        assertThat(text)
                .containsPattern("forebay_memory_limit_bytes\\{allocator=\"second\",memory_type=\"heap\"} 1048576");
    }

    @Test
    void loopsThatCameLaterShowAfterARefresh() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ForebayLoopMetrics metrics = new ForebayLoopMetrics(first, "first");
        metrics.bindTo(registry);
        assertThat(registry.getMeters()).isEmpty();
        loop.submit(() -> first.directBuffer(512).release()).sync();
        metrics.refresh();
        assertThat(registry.get("forebay.loop.memory.idle")
                        .tag("memory.type", "direct")
                        .gauge()
                        .value())
                .isEqualTo(512.0);
        loop.submit(() -> {}).sync();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        loop.terminationFuture().sync();
        Patience.await().untilAsserted(() -> {
            metrics.refresh();
            assertThat(registry.getMeters()).isEmpty();
        });
    }

    private void bind(MeterRegistry registry) throws Exception {
        loop.submit(() -> first.directBuffer(100).release()).sync();
        for (ForebayAllocator allocator : List.of(first, second)) {
            String name = allocator == first ? "first" : "second";
            new ForebayMetrics(allocator, name).bindTo(registry);
            new ForebayLoopMetrics(allocator, name).bindTo(registry);
        }
    }

    private String scrape() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.throwExceptionOnRegistrationFailure();
        bind(registry);
        return registry.scrape();
    }

    private static List<String> series(String text) {
        return text.lines().filter(line -> line.startsWith("forebay_")).toList();
    }

    /** The names under which Prometheus has what the two binders bind. */
    static Set<String> names(String scrape) {
        Set<String> names = new TreeSet<>();
        for (String line : series(scrape)) {
            Matcher matcher = Pattern.compile("^[a-z_]+").matcher(line);
            assertThat(matcher.find()).isTrue();
            names.add(matcher.group());
        }
        return names;
    }
}
