package io.forebay.benchmarks;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.ReactiveBufferPool;
import io.netty.buffer.ByteBuf;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;

/**
 * What is written to a file and read from it: chunks of one size, each stamped with its number; and the memory that is used
 * for that.
 */
final class FileLoad implements AutoCloseable {
    static final int CHUNK_BYTES = 64 << 10;
    static final OpenOption[] REPLACE = {
        StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
    };

    private final ForebayAllocator allocator = ForebayAllocator.create();
    private final NettyDataBufferFactory factory = new NettyDataBufferFactory(allocator);
    private final ReactiveBufferPool pool =
            ReactiveBufferPool.create(allocator, MemoryBudget.create("files", Long.MAX_VALUE));
    private final int chunkCount;

    FileLoad(int chunkCount) {
        this.chunkCount = chunkCount;
    }

    int chunkCount() {
        return chunkCount;
    }

    long bytes() {
        return (long) chunkCount * CHUNK_BYTES;
    }

    /** The sum of the stamps. */
    long stamps() {
        return (chunkCount - 1L) * chunkCount / 2;
    }

    ReactiveBufferPool pool() {
        return pool;
    }

    NettyDataBufferFactory factory() {
        return factory;
    }

    ByteBuf emptyChunk() {
        return allocator.directBuffer(CHUNK_BYTES, CHUNK_BYTES);
    }

    /** All chunks, each made when it is requested, and the subscriber's. */
    Flux<ByteBuf> chunks() {
        return Flux.range(0, chunkCount).map(i -> emptyChunk().setLong(0, i).writerIndex(CHUNK_BYTES));
    }

    /** All chunks, as Spring has them. */
    Flux<DataBuffer> dataBuffers() {
        return chunks().map(factory::wrap);
    }

    /** What the allocator has taken from the system now. */
    long reservedBytes() {
        return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
    }

    /** How many buffers are out. */
    long outstanding() {
        return allocator.metric().direct().inUse() + allocator.metric().heap().inUse();
    }

    @Override
    public void close() {
        allocator.close();
    }
}
