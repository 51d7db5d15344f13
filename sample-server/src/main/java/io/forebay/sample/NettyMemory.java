package io.forebay.sample;

import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** One of Netty's own allocators: it cannot be closed and keeps no ledger. */
final class NettyMemory implements ServerMemory {
    private final String name;
    private final ByteBufAllocator allocator;
    private final ByteBufAllocatorMetric metric;
    private final MemoryMeters meters;

    <A extends ByteBufAllocator & ByteBufAllocatorMetricProvider> NettyMemory(String name, A allocator) {
        this.name = name;
        this.allocator = allocator;
        this.metric = allocator.metric();
        this.meters = new NettyAllocatorMetrics(allocator)::bindTo;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ByteBufAllocator allocator() {
        return allocator;
    }

    @Override
    public MemoryMeters meters() {
        return meters;
    }

    /** The pooled one knows what of its memory is pinned by buffers, and what its thread caches did not serve. */
    @Override
    public Json state() {
        Json direct = kind("direct", metric.usedDirectMemory());
        Json heap = kind("heap", metric.usedHeapMemory());
        if (!(allocator instanceof PooledByteBufAllocator pooled)) {
            return new Json().put("kinds", List.of(direct, heap));
        }
        return new Json()
                .put(
                        "kinds",
                        List.of(
                                split(direct, pooled.pinnedDirectMemory(), metric.usedDirectMemory()),
                                split(heap, pooled.pinnedHeapMemory(), metric.usedHeapMemory())))
                .put("gets", new Json().put("arena", arenaAllocations(pooled.metric())));
    }

    private static Json kind(String name, long reservedBytes) {
        return new Json().put("name", name).put("reserved", reservedBytes);
    }

    private static Json split(Json kind, long pinnedBytes, long reservedBytes) {
        return kind.put("inUse", pinnedBytes).put("idle", Math.max(0, reservedBytes - pinnedBytes));
    }

    private static long arenaAllocations(PooledByteBufAllocatorMetric metric) {
        return Stream.concat(metric.directArenas().stream(), metric.heapArenas().stream())
                .mapToLong(PoolArenaMetric::numAllocations)
                .sum();
    }

    /** The pooled one has a text of its own; of the adaptive one no more is known than what it holds. */
    @Override
    public String dump() {
        return allocator instanceof PooledByteBufAllocator pooled
                ? pooled.dumpStats() + '\n'
                : "%s: direct %,d B, heap %,d B\n"
                        .formatted(allocator, metric.usedDirectMemory(), metric.usedHeapMemory());
    }

    @Override
    public void close(Duration patience) {
        // nothing to close
    }

    @Override
    public String ledger() {
        return "ledger: not kept by " + name;
    }
}
