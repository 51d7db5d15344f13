package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Micrometer meters of a {@link MemoryBudget}, and so of a {@link ReactiveBufferPool}, all of whose leases are charged to
 * one: how much is in use, who waits for it, and how that ended. All meters carry {@code budget}, its name.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>says</th></tr>
 * <tr><td>{@code forebay.budget.used}, {@code .peak}</td><td>gauge, bytes</td><td>what is charged; the most that ever was</td></tr>
 * <tr><td>{@code forebay.budget.limit}</td><td>gauge, bytes</td><td>its own limit, whatever those above it allow; +Inf if it has none</td></tr>
 * <tr><td>{@code forebay.budget.waiting}</td><td>gauge</td><td>requests that wait, children's included</td></tr>
 * <tr><td>{@code forebay.budget.waiting.bytes}</td><td>gauge, bytes</td><td>what they ask for</td></tr>
 * <tr><td>{@code forebay.budget.oldest.wait}</td><td>gauge, seconds</td><td>how long the first of them has been
 *     waiting</td></tr>
 * <tr><td>{@code forebay.budget.requests}</td><td>counter</td><td>requests that may wait, by {@code outcome}: granted, failed,
 *     cancelled, timed.out</td></tr>
 * <tr><td>{@code forebay.budget.waits}</td><td>counter</td><td>of these, those that could not be granted at once</td></tr>
 * <tr><td>{@code forebay.budget.refusals}</td><td>counter</td><td>requests that do not wait and were refused for want of room in
 *     this budget; not for that in one above or below it</td></tr>
 * </table>
 *
 * <p>A registry holds the budget strongly through these meters. Each meter reads the budget by itself, so meters of one scrape
 * may disagree by what moved between two reads.
 *
 * <p>Not for budgets of single requests or connections: bind those that live as long as the process.
 */
@SuppressWarnings("exports") // Micrometer is optional: whoever uses this class requires it
public final class BudgetMetrics implements MeterBinder {
    private final MemoryBudget budget;
    private final Tags tags;

    /** Meters of the budget that the pool charges. */
    public BudgetMetrics(ReactiveBufferPool pool) {
        this(Objects.requireNonNull(pool, "pool").budget());
    }

    /** Meters of the budget that the pool charges, with more tags: see {@link #BudgetMetrics(MemoryBudget, Iterable)}. */
    public BudgetMetrics(ReactiveBufferPool pool, Iterable<Tag> tags) {
        this(Objects.requireNonNull(pool, "pool").budget(), tags);
    }

    /** Meters of the budget, children's charges included. */
    public BudgetMetrics(MemoryBudget budget) {
        this(budget, Tags.empty());
    }

    /**
     * Meters of the budget with more tags.
     *
     * @param tags put on every meter; the same keys for every budget of a process
     */
    public BudgetMetrics(MemoryBudget budget, Iterable<Tag> tags) {
        this.budget = Objects.requireNonNull(budget, "budget");
        this.tags = Tags.of(Objects.requireNonNull(tags, "tags")).and("budget", budget.name());
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Objects.requireNonNull(registry, "registry");
        bytes(registry, "used", "What is charged", MemoryBudget::used);
        bytes(registry, "peak", "The most that was ever charged", MemoryBudget::peak);
        bytes(registry, "limit", "Its own limit", BudgetMetrics::limit);
        bytes(registry, "waiting.bytes", "What requests that wait ask for", MemoryBudget::waitingBytes);
        Gauge.builder("forebay.budget.waiting", budget, MemoryBudget::waiting)
                .description("Requests that wait")
                .strongReference(true)
                .tags(tags)
                .register(registry);
        TimeGauge.builder("forebay.budget.oldest.wait", budget, TimeUnit.NANOSECONDS, MemoryBudget::oldestWaitNanos)
                .description("How long the first request that waits has been waiting")
                .strongReference(true)
                .tags(tags)
                .register(registry);
        outcome(registry, "granted", b -> b.stats().grants());
        outcome(registry, "failed", b -> b.stats().failures());
        outcome(registry, "cancelled", b -> b.stats().cancels());
        outcome(registry, "timed.out", b -> b.stats().timeouts());
        counter("waits", b -> b.stats().waits())
                .description("Requests that could not be granted at once")
                .tags(tags)
                .register(registry);
        counter("refusals", b -> b.stats().refusals())
                .description("Requests that do not wait and were refused")
                .tags(tags)
                .register(registry);
    }

    /** Infinity, so that used over limit is 0 without one. */
    private static double limit(MemoryBudget budget) {
        return budget.limit() == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : budget.limit();
    }

    private void bytes(MeterRegistry registry, String name, String description, ToDoubleFunction<MemoryBudget> value) {
        Gauge.builder("forebay.budget." + name, budget, value)
                .description(description)
                .baseUnit(BaseUnits.BYTES)
                .strongReference(true)
                .tags(tags)
                .register(registry);
    }

    private void outcome(MeterRegistry registry, String outcome, ToLongFunction<MemoryBudget> value) {
        counter("requests", value)
                .description("Requests that may wait, by how they ended")
                .tags(tags.and("outcome", outcome))
                .register(registry);
    }

    /** A FunctionCounter holds its object weakly and its function strongly: the function must reach the object. */
    private FunctionCounter.Builder<MemoryBudget> counter(String name, ToLongFunction<MemoryBudget> value) {
        return FunctionCounter.builder("forebay.budget." + name, budget, weak -> value.applyAsLong(budget));
    }
}
