package io.forebay.sample;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.time.Duration;

/** One of Netty's own allocators: it cannot be closed and keeps no ledger. */
final class NettyMemory implements ServerMemory {
    private final String name;
    private final ByteBufAllocator allocator;
    private final MeterBinder meters;

    <A extends ByteBufAllocator & ByteBufAllocatorMetricProvider> NettyMemory(String name, A allocator) {
        this.name = name;
        this.allocator = allocator;
        this.meters = new NettyAllocatorMetrics(allocator);
    }

    @Override
    public ByteBufAllocator allocator() {
        return allocator;
    }

    @Override
    public MeterBinder meters() {
        return meters;
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
