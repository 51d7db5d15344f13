package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

class BudgetMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong nanos = new AtomicLong();
    private final Buffers buffers = new Buffers();
    private final MemoryBudget budget = MemoryBudget.create("edge", 100, nanos::get);
    private final ReactiveBufferPool pool = ReactiveBufferPool.create(buffers, budget);

    @AfterEach
    void nothingLeaked() {
        registry.close();
        buffers.close();
    }

    private Map<String, Double> values() {
        Map<String, Double> values = new HashMap<>();
        for (Meter meter : registry.getMeters()) {
            String outcome = meter.getId().getTag("outcome");
            String name = meter.getId().getName() + (outcome == null ? "" : ' ' + outcome);
            values.put(name, meter.measure().iterator().next().getValue());
        }
        return values;
    }

    private TestSubscriber<Lease> acquire(int bytes) {
        TestSubscriber<Lease> subscriber = TestSubscriber.create();
        pool.acquire(bytes).subscribe(subscriber);
        return subscriber;
    }

    @Test
    void eachMeterReadsItsOwnNumber() {
        VirtualTimeScheduler clock = VirtualTimeScheduler.create();
        new BudgetMetrics(pool).bindTo(registry);
        TestSubscriber<Lease> first = acquire(90);
        acquire(1).getReceivedOnNext().forEach(Lease::close);
        TestSubscriber<Lease> waiting = acquire(30);
        acquire(20).cancel();
        TestSubscriber<Lease> late = TestSubscriber.create();
        pool.acquire(40, Duration.ofSeconds(1), clock).subscribe(late);
        clock.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(budget.tryReserve(50)).isFalse();
        assertThat(acquire(101).isTerminatedError()).isTrue(); // not accepted at all
        nanos.addAndGet(3_000_000_000L);
        assertThat(values())
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("forebay.budget.used", 90.0),
                        Map.entry("forebay.budget.peak", 91.0),
                        Map.entry("forebay.budget.limit", 100.0),
                        Map.entry("forebay.budget.waiting", 1.0),
                        Map.entry("forebay.budget.waiting.bytes", 30.0),
                        Map.entry("forebay.budget.oldest.wait", 3.0),
                        Map.entry("forebay.budget.requests granted", 2.0),
                        Map.entry("forebay.budget.requests failed", 0.0),
                        Map.entry("forebay.budget.requests cancelled", 1.0),
                        Map.entry("forebay.budget.requests timed.out", 1.0),
                        Map.entry("forebay.budget.waits", 3.0),
                        Map.entry("forebay.budget.refusals", 1.0)));
        first.getReceivedOnNext().forEach(Lease::close);
        waiting.getReceivedOnNext().forEach(Lease::close);
        TestSubscriber<Lease> all = acquire(100);
        TestSubscriber<Lease> failing = acquire(50);
        budget.close();
        assertThat(failing.isTerminatedError()).isTrue();
        assertThat(values()).containsEntry("forebay.budget.requests failed", 1.0);
        all.getReceivedOnNext().forEach(Lease::close);
    }

    @Test
    void everyMeterCarriesTheNameTheTagsAndItsUnit() {
        MemoryBudget unlimited = MemoryBudget.create("unlimited", Long.MAX_VALUE);
        new BudgetMetrics(budget, Tags.of("zone", "a")).bindTo(registry);
        new BudgetMetrics(unlimited, Tags.of("zone", "a")).bindTo(registry);
        assertThat(registry.getMeters()).hasSize(24).allSatisfy(meter -> {
            assertThat(meter.getId().getTag("budget")).isIn("edge", "unlimited");
            assertThat(meter.getId().getTag("zone")).isEqualTo("a");
            assertThat(meter.getId().getDescription()).isNotBlank();
        });
        assertThat(registry.get("forebay.budget.limit")
                        .tag("budget", "unlimited")
                        .gauge()
                        .value())
                .isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(registry.get("forebay.budget.used")
                        .tag("budget", "edge")
                        .gauge()
                        .getId()
                        .getBaseUnit())
                .isEqualTo("bytes");
        assertThat(registry.get("forebay.budget.oldest.wait")
                        .tag("budget", "edge")
                        .timeGauge()
                        .getId()
                        .getBaseUnit())
                .isEqualTo("seconds");
    }
}
