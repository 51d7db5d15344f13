package io.forebay.netty;

import java.util.concurrent.atomic.AtomicLong;

/** Heap memory: an array for each buffer, as the garbage collector takes them back one by one. */
final class HeapKind implements BufferKind {
    private final AtomicLong reservedBytes = new AtomicLong();

    HeapKind() {}

    @Override
    public PooledBuf create(BufferPools pools, int sizeClass) {
        return create(pools, sizeClass, SizeClasses.bytes(sizeClass));
    }

    @Override
    public PooledBuf createUnpooled(BufferPools pools, int bytes) {
        return create(pools, BufferPools.UNPOOLED, bytes);
    }

    private PooledBuf create(BufferPools pools, int sizeClass, int bytes) {
        HeapBuf buf = new HeapBuf(pools, this, sizeClass, bytes);
        reservedBytes.addAndGet(bytes);
        return buf;
    }

    @Override
    public void lost(int memoryBytes) {
        freed(memoryBytes); // the array went with the buffer
    }

    void freed(int bytes) {
        reservedBytes.addAndGet(-bytes);
    }

    @Override
    public long reservedBytes() {
        return reservedBytes.get();
    }
}
