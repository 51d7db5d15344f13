package io.forebay.netty;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Micrometer meters of what waits with each event loop that uses a {@link ForebayAllocator}; beside
 * {@link ForebayMetrics}, for who wants to see how the loops differ. Tags: {@code allocator} (the name given here),
 * {@code memory.type} ({@code heap} or {@code direct}) and {@code loop}, the name of the loop's thread.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>says</th></tr>
 * <tr><td>{@code forebay.loop.memory.idle}, {@code .returning}</td><td>gauge, bytes</td><td>waiting in the loop's slots;
 *     released by other threads and on their way to it</td></tr>
 * <tr><td>{@code forebay.loop.buffers.idle}, {@code .returning}</td><td>gauge</td><td>the same in buffers</td></tr>
 * </table>
 *
 * <p>The values and the set of loops are those of the last {@link #refresh}: call it on a schedule, or before each scrape.
 * Loops whose threads bear one name are added up. Thread-safe.
 *
 * <p>Not for processes that make event loops by the thousand: each is a series of its own.
 */
@SuppressWarnings("exports") // Micrometer is optional: whoever uses this class requires it
public final class ForebayLoopMetrics implements MeterBinder {
    private final ForebayMetric metric;
    private final Tags tags;
    private final List<Bound> bound = new CopyOnWriteArrayList<>();

    /**
     * Meters of {@code allocator}'s loops.
     *
     * @param allocator the allocator to read
     * @param name the value of the tag {@code allocator}
     */
    public ForebayLoopMetrics(ForebayAllocator allocator, String name) {
        this(allocator, name, Tags.empty());
    }

    /**
     * Meters of {@code allocator}'s loops with more tags.
     *
     * @param allocator the allocator to read
     * @param name the value of the tag {@code allocator}
     * @param tags put on every meter; the same keys for every allocator of a process
     */
    public ForebayLoopMetrics(ForebayAllocator allocator, String name, Iterable<Tag> tags) {
        this.metric = Objects.requireNonNull(allocator, "allocator").metric();
        this.tags = Tags.of(tags).and("allocator", Objects.requireNonNull(name, "name"));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bind(registry, "direct", metric::directLoops);
        bind(registry, "heap", metric::heapLoops);
        refresh();
    }

    /** Has the meters show the loops there are now, and what waits with them. */
    public void refresh() {
        bound.forEach(Bound::refresh);
    }

    private void bind(MeterRegistry registry, String memoryType, Supplier<List<LoopStats>> loops) {
        Tags tags = this.tags.and("memory.type", memoryType);
        bytes(registry, tags, loops, "idle", "Waiting in the loop's slots", LoopStats::idleBytes);
        bytes(registry, tags, loops, "returning", "On their way to the loop", LoopStats::returningBytes);
        buffers(registry, tags, loops, "idle", "Waiting in the loop's slots", LoopStats::idle);
        buffers(registry, tags, loops, "returning", "On their way to the loop", LoopStats::returning);
    }

    private void bytes(
            MeterRegistry registry,
            Tags tags,
            Supplier<List<LoopStats>> loops,
            String state,
            String description,
            ToLongFunction<LoopStats> value) {
        MultiGauge gauge = MultiGauge.builder("forebay.loop.memory." + state)
                .description(description)
                .baseUnit(BaseUnits.BYTES)
                .tags(tags)
                .register(registry);
        bound.add(new Bound(gauge, loops, value));
    }

    private void buffers(
            MeterRegistry registry,
            Tags tags,
            Supplier<List<LoopStats>> loops,
            String state,
            String description,
            ToLongFunction<LoopStats> value) {
        MultiGauge gauge = MultiGauge.builder("forebay.loop.buffers." + state)
                .description(description)
                .tags(tags)
                .register(registry);
        bound.add(new Bound(gauge, loops, value));
    }

    /** One meter of all loops. */
    private record Bound(MultiGauge gauge, Supplier<List<LoopStats>> loops, ToLongFunction<LoopStats> value) {
        void refresh() {
            List<MultiGauge.Row<?>> rows = loops.get().stream()
                    .collect(Collectors.groupingBy(LoopStats::thread, Collectors.summingLong(value)))
                    .entrySet()
                    .stream()
                    .<MultiGauge.Row<?>>map(loop -> MultiGauge.Row.of(Tags.of("loop", loop.getKey()), loop.getValue()))
                    .toList();
            gauge.register(rows, /* overwrite= */ true);
        }
    }
}
