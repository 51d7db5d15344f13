package io.forebay.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** STUB to compile against; replaced by the real one. */
public final class ForebayAllocator extends AbstractByteBufAllocator
        implements ByteBufAllocatorMetricProvider, AutoCloseable {
    private final UnpooledByteBufAllocator delegate = new UnpooledByteBufAllocator(true);

    private ForebayAllocator() {
        super(true);
    }

    public static ForebayAllocator create() {
        return new ForebayAllocator();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return delegate.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return delegate.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    @Override
    public ForebayMetric metric() {
        return new ForebayMetric() {
            @Override
            public MemoryStats direct() {
                return new MemoryStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            }

            @Override
            public MemoryStats heap() {
                return direct();
            }

            @Override
            public long usedHeapMemory() {
                return 0;
            }

            @Override
            public long usedDirectMemory() {
                return 0;
            }
        };
    }

    /** Destroys what is idle. */
    public void trim() {}

    /** Destroys what is idle and makes later releases destroy. */
    @Override
    public void close() {}

    /** Completes when the allocator is closed and its last buffer is back. */
    public CompletionStage<Void> termination() {
        return CompletableFuture.completedFuture(null);
    }
}
