package io.forebay.sample;

import io.forebay.netty.ForebayMetric;
import io.forebay.netty.LoopStats;
import io.forebay.netty.MemoryStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** What a Forebay allocator says of itself, for the live page. */
final class ForebayState {
    private final MemoryStats direct;
    private final MemoryStats heap;

    private ForebayState(MemoryStats direct, MemoryStats heap) {
        this.direct = direct;
        this.heap = heap;
    }

    static Json of(ForebayMetric metric) {
        ForebayState state = new ForebayState(metric.direct(), metric.heap());
        return new Json()
                .put("kinds", List.of(kind("direct", state.direct), kind("heap", state.heap)))
                .put("gets", state.gets())
                .put("buffers", state.buffers())
                .put("loops", loops(metric));
    }

    private static Json kind(String name, MemoryStats memory) {
        Json kind = new Json()
                .put("name", name)
                .put("reserved", memory.reservedBytes())
                .put("inUse", memory.inUseBytes())
                .put("idle", memory.idleBytes())
                .put("victim", memory.victimBytes())
                .put("unusable", memory.unusableBytes())
                .put("limitHits", memory.limitHits());
        return memory.limitBytes() == Long.MAX_VALUE ? kind : kind.put("limit", memory.limitBytes());
    }

    private Json gets() {
        return new Json()
                .put("private", sum(MemoryStats::privateGets))
                .put("shared", sum(MemoryStats::sharedGets))
                .put("stolen", sum(MemoryStats::stolenGets))
                .put("victim", sum(MemoryStats::victimGets))
                .put("created", sum(MemoryStats::createdGets));
    }

    private Json buffers() {
        return new Json()
                .put("created", sum(MemoryStats::created))
                .put("inUse", sum(MemoryStats::inUse))
                .put("idle", sum(MemoryStats::idle))
                .put("victim", sum(MemoryStats::victim))
                .put("destroyed", sum(MemoryStats::destroyed))
                .put("leaked", sum(MemoryStats::leaked));
    }

    private long sum(ToLongFunction<MemoryStats> value) {
        return value.applyAsLong(direct) + value.applyAsLong(heap);
    }

    private static List<Json> loops(ForebayMetric metric) {
        Map<String, LoopStats> byThread = new LinkedHashMap<>();
        Stream.concat(metric.directLoops().stream(), metric.heapLoops().stream())
                .forEach(loop -> byThread.merge(loop.thread(), loop, ForebayState::both));
        return byThread.values().stream()
                .map(loop -> new Json()
                        .put("thread", loop.thread())
                        .put("idle", loop.idle())
                        .put("idleBytes", loop.idleBytes())
                        .put("returning", loop.returning())
                        .put("returningBytes", loop.returningBytes()))
                .toList();
    }

    private static LoopStats both(LoopStats one, LoopStats other) {
        return new LoopStats(
                one.thread(),
                one.idle() + other.idle(),
                one.idleBytes() + other.idleBytes(),
                one.returning() + other.returning(),
                one.returningBytes() + other.returningBytes());
    }
}
