package io.forebay.netty;

/** Makes and destroys the buffers of one kind of memory, heap or direct. */
interface BufferKind {
    /** Makes a buffer of a size class. */
    PooledBuf create(BufferPools pools, int sizeClass);

    /** Makes a buffer above all classes. */
    PooledBuf createUnpooled(BufferPools pools, int bytes);

    /** A buffer with that much memory was garbage-collected. */
    void lost(int memoryBytes);

    /** What is held from the system, and may be. */
    MemoryLimit limit();
}
