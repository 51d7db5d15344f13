package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.BudgetStats;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ForebayMetricsTest {
    private static final MemoryStats DIRECT =
            new MemoryStats(1, 2, 3, 4, 5, 17, 18, 19, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    private static final MemoryStats HEAP = new MemoryStats(
            101, 102, 103, 104, 105, 117, Long.MAX_VALUE, 119, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void eachMeterReadsItsOwnNumber() {
        bindFixed();
        assertThat(values("direct"))
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("forebay.memory.reserved", 1.0),
                        Map.entry("forebay.memory.in.use", 2.0),
                        Map.entry("forebay.memory.idle", 3.0),
                        Map.entry("forebay.memory.victim", 4.0),
                        Map.entry("forebay.memory.unusable", 5.0),
                        Map.entry("forebay.memory.retired", 17.0),
                        Map.entry("forebay.memory.limit", 18.0),
                        Map.entry("forebay.limit.hits", 19.0),
                        Map.entry("forebay.buffers.victim", 9.0),
                        Map.entry("forebay.buffers.created", 6.0),
                        Map.entry("forebay.buffers.in.use", 7.0),
                        Map.entry("forebay.buffers.idle", 8.0),
                        Map.entry("forebay.buffers.destroyed", 10.0),
                        Map.entry("forebay.buffers.leaked", 11.0),
                        Map.entry("forebay.gets private", 12.0),
                        Map.entry("forebay.gets shared", 13.0),
                        Map.entry("forebay.gets stolen", 14.0),
                        Map.entry("forebay.gets victim", 15.0),
                        Map.entry("forebay.gets created", 16.0)));
    }

    @Test
    void heapAndDirectAreToldApart() {
        bindFixed();
        assertThat(values("heap")).containsEntry("forebay.memory.reserved", 101.0);
        assertThat(values("heap")).containsEntry("forebay.memory.limit", Double.POSITIVE_INFINITY);
        assertThat(values("heap")).containsEntry("forebay.gets created", 116.0);
        assertThat(values("heap").keySet()).isEqualTo(values("direct").keySet());
    }

    @Test
    void everyMeterCarriesTheNameAndTheGivenTags() {
        bindFixed();
        assertThat(registry.getMeters()).hasSize(38).allSatisfy(meter -> {
            assertThat(meter.getId().getTag("allocator")).isEqualTo("edge");
            assertThat(meter.getId().getTag("zone")).isEqualTo("a");
            assertThat(meter.getId().getTag("memory.type")).isIn("heap", "direct");
        });
    }

    @Test
    void bytesHaveTheirBaseUnitAndCountsNone() {
        bindFixed();
        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(meter.getId().getBaseUnit())
                        .isEqualTo(unitOf(meter.getId().getName())));
    }

    @Test
    void anAllocatorIsReadThroughItsMetric() {
        try (ForebayAllocator allocator = ForebayAllocator.create()) {
            new ForebayMetrics(allocator, "edge").bindTo(registry);
            assertThat(registry.get("forebay.memory.reserved")
                            .tag("memory.type", "direct")
                            .gauge()
                            .value())
                    .isEqualTo((double) allocator.metric().direct().reservedBytes());
        }
    }

    private void bindFixed() {
        new ForebayMetrics(Fixed::new, "edge", Tags.of("zone", "a")).bindTo(registry);
    }

    /** Counts are named after what they count, so a unit would only repeat it in Prometheus. */
    private static @Nullable String unitOf(String meter) {
        return meter.startsWith("forebay.memory.") ? "bytes" : null;
    }

    private Map<String, Double> values(String memoryType) {
        return registry.getMeters().stream()
                .filter(meter -> memoryType.equals(meter.getId().getTag("memory.type")))
                .collect(Collectors.toMap(ForebayMetricsTest::key, ForebayMetricsTest::value));
    }

    private static String key(Meter meter) {
        String source = meter.getId().getTag("source");
        return meter.getId().getName() + (source == null ? "" : " " + source);
    }

    private static double value(Meter meter) {
        return meter.measure().iterator().next().getValue();
    }

    /** A metric with numbers that tell every field from every other. */
    private static final class Fixed implements ForebayMetric {
        @Override
        public MemoryStats direct() {
            return DIRECT;
        }

        @Override
        public MemoryStats heap() {
            return HEAP;
        }

        @Override
        public List<ClassStats> directClasses() {
            return List.of();
        }

        @Override
        public List<ClassStats> heapClasses() {
            return List.of();
        }

        @Override
        public List<LoopStats> directLoops() {
            return List.of();
        }

        @Override
        public List<LoopStats> heapLoops() {
            return List.of();
        }

        @Override
        public List<BudgetStats> budgets() {
            return List.of();
        }

        @Override
        public long usedHeapMemory() {
            return HEAP.reservedBytes();
        }

        @Override
        public long usedDirectMemory() {
            return DIRECT.reservedBytes();
        }
    }
}
