package io.forebay.netty;

/** Heap memory: an array for each buffer, as the garbage collector takes them back one by one. */
final class HeapKind implements BufferKind {
    private final MemoryLimit limit;

    HeapKind(MemoryLimit limit) {
        this.limit = limit;
    }

    @Override
    public PooledBuf create(BufferPools pools, int sizeClass) {
        return create(pools, sizeClass, SizeClasses.bytes(sizeClass));
    }

    @Override
    public PooledBuf createUnpooled(BufferPools pools, int bytes) {
        return create(pools, BufferPools.UNPOOLED, bytes);
    }

    private PooledBuf create(BufferPools pools, int sizeClass, int bytes) {
        limit.reserve(bytes);
        boolean done = false;
        try {
            HeapBuf buf = new HeapBuf(pools, this, sizeClass, bytes);
            done = true;
            return buf;
        } finally {
            if (!done) {
                limit.release(bytes);
            }
        }
    }

    @Override
    public void lost(int memoryBytes) {
        freed(memoryBytes); // the array went with the buffer
    }

    void freed(int bytes) {
        limit.release(bytes);
    }

    @Override
    public MemoryLimit limit() {
        return limit;
    }
}
