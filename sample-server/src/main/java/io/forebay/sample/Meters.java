package io.forebay.sample;

import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.BudgetMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** The registry of one server: its memory, the budget of its tenants, the JVM and the process. */
final class Meters implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final MemoryMeters memory;

    /** @param tenants of all of them together: each has its share in it, and they come and go */
    Meters(MemoryMeters memory, MemoryBudget tenants) {
        this.memory = memory;
        memory.bindTo(registry);
        new BudgetMetrics(tenants).bindTo(registry);
        gc.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    String scrape(String contentType) {
        memory.refresh();
        return registry.scrape(contentType);
    }

    /** Unhooks from the garbage collector. */
    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}
