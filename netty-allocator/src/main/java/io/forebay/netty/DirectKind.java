package io.forebay.netty;

/** Direct memory: small classes cut from slabs, the others each on its own. */
final class DirectKind implements BufferKind {
    private final SlabClass[] slabs;
    private final MemoryLimit limit;
    private final NativeTrim trim;

    DirectKind(MemoryLimit limit, NativeTrim trim) {
        this.limit = limit;
        this.trim = trim;
        slabs = new SlabClass[SizeClasses.COUNT];
        for (int c = 0; c < slabs.length; c++) {
            slabs[c] = new SlabClass(SizeClasses.bytes(c), limit, trim);
        }
    }

    @Override
    public PooledBuf create(BufferPools pools, int sizeClass) {
        return create(pools, slabs[sizeClass], sizeClass, SizeClasses.bytes(sizeClass));
    }

    @Override
    public PooledBuf createUnpooled(BufferPools pools, int bytes) {
        return create(pools, new SlabClass(bytes, limit, trim), BufferPools.UNPOOLED, bytes);
    }

    private static PooledBuf create(BufferPools pools, SlabClass slabs, int sizeClass, int bytes) {
        SlabClass.Segment segment = slabs.take();
        try {
            return new DirectBuf(pools, slabs, segment.slab(), segment.offset(), sizeClass, bytes);
        } catch (OutOfMemoryError noHeap) {
            slabs.giveBack(segment.slab(), segment.offset());
            throw noHeap;
        }
    }

    @Override
    public void lost(int memoryBytes) {
        // Still reserved: an NIO view may point to it, so the segment is never given out again and its slab stays.
    }

    @Override
    public MemoryLimit limit() {
        return limit;
    }
}
