package io.forebay.netty;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Micrometer meters of a {@link ForebayAllocator}: what it holds, where allocations were served from, and what became
 * of every buffer. All meters carry {@code allocator} (the name given here) and {@code memory.type} ({@code heap} or
 * {@code direct}).
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>says</th></tr>
 * <tr><td>{@code forebay.memory.reserved}, {@code .in.use}, {@code .idle}, {@code .victim}, {@code .unusable}</td>
 *     <td>gauge, bytes</td><td>reserved is the sum of the others</td></tr>
 * <tr><td>{@code forebay.memory.retired}</td><td>gauge, bytes</td><td>of unusable, what leaked for good</td></tr>
 * <tr><td>{@code forebay.memory.limit}</td><td>gauge, bytes</td><td>what reserved may not exceed; +Inf if there is no
 *     limit. Heap and direct memory share an allocator's limit</td></tr>
 * <tr><td>{@code forebay.limit.hits}</td><td>counter</td><td>requests that failed for a limit</td></tr>
 * <tr><td>{@code forebay.buffers.in.use}, {@code .idle}, {@code .victim}</td><td>gauge</td><td>handed out; waiting in a pool;
 *     waiting there, unused since the last cycle ended</td></tr>
 * <tr><td>{@code forebay.gets}</td><td>counter</td><td>allocations, by {@code source}: private, shared, stolen, victim,
 *     created</td></tr>
 * <tr><td>{@code forebay.buffers.created}, {@code .destroyed}, {@code .leaked}</td><td>counter</td>
 *     <td>the ledger</td></tr>
 * </table>
 *
 * <p>A registry holds the allocator strongly through these meters. Each meter reads the allocator by itself, so meters of
 * one scrape may disagree by what moved between two reads. {@link ForebayLoopMetrics} has what waits with each event loop.
 *
 * <p>Not for per-connection or per-tenant numbers: bind an allocator once, under a name that does not change.
 */
@SuppressWarnings("exports") // Micrometer is optional: whoever uses this class requires it
public final class ForebayMetrics implements MeterBinder {
    private final Supplier<? extends ForebayMetric> metric;
    private final Tags tags;

    /**
     * Meters of {@code allocator}, tagged with a name a person can tell it by.
     *
     * @param allocator the allocator to read
     * @param name the value of the tag {@code allocator}
     */
    public ForebayMetrics(ForebayAllocator allocator, String name) {
        this(allocator, name, Tags.empty());
    }

    /**
     * Meters of {@code allocator} with more tags.
     *
     * @param allocator the allocator to read
     * @param name the value of the tag {@code allocator}
     * @param tags put on every meter; the same keys for every allocator of a process
     */
    public ForebayMetrics(ForebayAllocator allocator, String name, Iterable<Tag> tags) {
        this(Objects.requireNonNull(allocator, "allocator")::metric, name, tags);
    }

    ForebayMetrics(Supplier<? extends ForebayMetric> metric, String name, Iterable<Tag> tags) {
        this.metric = metric;
        this.tags = Tags.of(tags).and("allocator", Objects.requireNonNull(name, "name"));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bind(registry, "direct", () -> metric.get().direct());
        bind(registry, "heap", () -> metric.get().heap());
    }

    private void bind(MeterRegistry registry, String memoryType, Supplier<MemoryStats> stats) {
        Memory memory = new Memory(registry, tags.and("memory.type", memoryType), stats);
        memory.bindBytes();
        memory.bindBuffers();
        memory.bindGets();
    }

    /** The meters of one kind of memory. */
    private record Memory(MeterRegistry registry, Tags tags, Supplier<MemoryStats> stats) {
        void bindBytes() {
            bytes("reserved", "Held from the system", MemoryStats::reservedBytes);
            bytes("in.use", "Handed out", MemoryStats::inUseBytes);
            bytes("idle", "Waiting in a pool", MemoryStats::idleBytes);
            bytes("victim", "Waiting in a pool, unused since the last cycle ended", MemoryStats::victimBytes);
            bytes(
                    "unusable",
                    "Parts of slabs that no buffer occupies, and what is retired",
                    MemoryStats::unusableBytes);
            bytes("retired", "Of unusable, direct memory that leaked", MemoryStats::retiredBytes);
            gauge("forebay.memory.limit", "What reserved may not exceed", Memory::limit)
                    .baseUnit(BaseUnits.BYTES)
                    .register(registry);
            counter("forebay.limit.hits", MemoryStats::limitHits)
                    .description("Requests that failed for a limit")
                    .tags(tags)
                    .register(registry);
        }

        /** Infinity, so that used over limit is 0 without one. */
        private static double limit(MemoryStats stats) {
            return stats.limitBytes() == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : stats.limitBytes();
        }

        void bindBuffers() {
            gauge("forebay.buffers.in.use", "Handed out", MemoryStats::inUse).register(registry);
            gauge("forebay.buffers.idle", "Waiting in a pool", MemoryStats::idle)
                    .register(registry);
            gauge("forebay.buffers.victim", "Waiting in a pool, unused since the last cycle ended", MemoryStats::victim)
                    .register(registry);
            buffers("created", "Made", MemoryStats::created);
            buffers("destroyed", "Memory let go", MemoryStats::destroyed);
            buffers("leaked", "Garbage-collected without a release", MemoryStats::leaked);
        }

        void bindGets() {
            gets("private", MemoryStats::privateGets);
            gets("shared", MemoryStats::sharedGets);
            gets("stolen", MemoryStats::stolenGets);
            gets("victim", MemoryStats::victimGets);
            gets("created", MemoryStats::createdGets);
        }

        private void bytes(String state, String description, ToLongFunction<MemoryStats> value) {
            gauge("forebay.memory." + state, description, value::applyAsLong)
                    .baseUnit(BaseUnits.BYTES)
                    .register(registry);
        }

        private Gauge.Builder<?> gauge(String name, String description, ToDoubleFunction<MemoryStats> value) {
            return Gauge.builder(name, (Supplier<Number>) () -> value.applyAsDouble(stats.get()))
                    .description(description)
                    .tags(tags);
        }

        private void buffers(String event, String description, ToLongFunction<MemoryStats> value) {
            counter("forebay.buffers." + event, value)
                    .description("Buffers: " + description)
                    .tags(tags)
                    .register(registry);
        }

        private void gets(String source, ToLongFunction<MemoryStats> value) {
            counter("forebay.gets", value)
                    .description("Allocations by where they were served from")
                    .tags(tags.and("source", source))
                    .register(registry);
        }

        /** A FunctionCounter holds its object weakly and its function strongly: the function must reach the object. */
        private FunctionCounter.Builder<Supplier<MemoryStats>> counter(String name, ToLongFunction<MemoryStats> value) {
            return FunctionCounter.builder(name, stats, weak -> value.applyAsLong(stats.get()));
        }
    }
}
