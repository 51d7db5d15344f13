package io.forebay.sample;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.ForebayLoopMetrics;
import io.forebay.netty.ForebayMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;

/** Of a {@link ForebayAllocator}; Netty's usual meters as well, so that panels made for other allocators work. */
record ForebayMeters(ForebayAllocator forebay, ForebayLoopMetrics loops) implements MemoryMeters {
    private static final String NAME = "server";

    ForebayMeters(ForebayAllocator forebay) {
        this(forebay, new ForebayLoopMetrics(forebay, NAME));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        new ForebayMetrics(forebay, NAME).bindTo(registry);
        loops.bindTo(registry);
        new NettyAllocatorMetrics(forebay).bindTo(registry);
    }

    @Override
    public void refresh() {
        loops.refresh();
    }
}
