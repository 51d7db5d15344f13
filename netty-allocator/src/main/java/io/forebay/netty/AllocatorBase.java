package io.forebay.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.function.Supplier;

/** What a {@link ForebayAllocator} and its views have in common: the fallback to heap, and Netty's leak detector. */
abstract class AllocatorBase extends AbstractByteBufAllocator implements ByteBufAllocatorMetricProvider {
    /** Others may track buffers whatever the level is. */
    private static final boolean NETTYS_OWN_DETECTOR = ResourceLeakDetectorFactory.instance()
                    .newResourceLeakDetector(ByteBuf.class)
                    .getClass()
            == ResourceLeakDetector.class;

    private final boolean preferDirect;
    private final boolean fallBackToHeap;

    AllocatorBase(boolean preferDirect, boolean fallBackToHeap) {
        super(preferDirect);
        this.preferDirect = preferDirect;
        this.fallBackToHeap = fallBackToHeap;
    }

    /** A view: of the same mind as what it is a view of. */
    AllocatorBase(AllocatorBase viewed) {
        this(viewed.preferDirect, viewed.fallBackToHeap);
    }

    @Override
    public ByteBuf buffer() {
        return fallBackToHeap ? orHeap(super::buffer, this::heapBuffer) : super.buffer();
    }

    @Override
    public ByteBuf buffer(int initialCapacity) {
        return fallBackToHeap
                ? orHeap(() -> super.buffer(initialCapacity), () -> heapBuffer(initialCapacity))
                : super.buffer(initialCapacity);
    }

    @Override
    public ByteBuf buffer(int initialCapacity, int maxCapacity) {
        return fallBackToHeap
                ? orHeap(
                        () -> super.buffer(initialCapacity, maxCapacity),
                        () -> heapBuffer(initialCapacity, maxCapacity))
                : super.buffer(initialCapacity, maxCapacity);
    }

    private static ByteBuf orHeap(Supplier<ByteBuf> preferred, Supplier<ByteBuf> heap) {
        try {
            return preferred.get();
        } catch (MemoryLimitError noDirectMemory) {
            return heap.get();
        }
    }

    /*
     * What mostly happens is in methods of at most 35 bytes of code. JDK 17's C2 compiles these into their callers also where
     * the profile has them seldom called, as that of code which waited for C2 for long, unless it compiled them by themselves
     * before, to more than 625 bytes.
     */

    @Override
    public ByteBuf heapBuffer(int initialCapacity, int maxCapacity) {
        return 0 < initialCapacity && initialCapacity <= maxCapacity
                ? newHeapBuffer(initialCapacity, maxCapacity)
                : super.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public ByteBuf directBuffer(int initialCapacity, int maxCapacity) {
        return 0 < initialCapacity && initialCapacity <= maxCapacity
                ? newDirectBuffer(initialCapacity, maxCapacity)
                : super.directBuffer(initialCapacity, maxCapacity);
    }

    static ByteBuf leakAware(PooledBuf buf) {
        return NETTYS_OWN_DETECTOR && ResourceLeakDetector.getLevel() == ResourceLeakDetector.Level.DISABLED
                ? buf
                : trackedOrNot(buf);
    }

    private static ByteBuf trackedOrNot(PooledBuf buf) {
        ByteBuf aware = wrappedOrNot(buf);
        if (!(aware instanceof PooledBuf)) {
            buf.beWatched();
        }
        return aware;
    }

    private static ByteBuf wrappedOrNot(PooledBuf buf) {
        try {
            return toLeakAwareBuffer(buf);
        } catch (Throwable noRoom) { // on the heap, for the wrapper
            buf.release();
            throw noRoom;
        }
    }

    /** True: so transports copy heap buffers into direct ones of this allocator, and {@code ioBuffer} is direct. */
    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }
}
