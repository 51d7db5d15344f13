package io.forebay.netty;

/** Makes and destroys the buffers of one kind of memory, heap or direct. */
interface BufferKind {
    /** Makes a buffer of a size class. */
    PooledBuf create(BufferPools pools, int sizeClass);

    /** Makes a buffer above all classes. */
    PooledBuf createUnpooled(BufferPools pools, int bytes);

    /** What is held from the system. */
    long reservedBytes();
}
