package io.forebay.benchmarks.bridge;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.forebay.reactor.ReactiveBufferPool;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Arrays;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.publisher.Flux;

/**
 * What all contestants of a question are given: the same bytes in buffers of the same allocator, each allocated and filled
 * when it is requested. For one thread.
 */
final class Load implements AutoCloseable {
    static final int BUFFERS = 1024;
    static final int BUFFER_BYTES = 1000; // about what a packet brings; no power of two, so that cuts wander
    static final int BLOCK_BUFFERS = 64; // the source stays in the second-level cache

    private final ByteBufAllocator allocator;
    private final MemoryBudget budget = MemoryBudget.create("benchmark", Long.MAX_VALUE);
    private final ReactiveBufferPool pool;
    private final NettyDataBufferFactory factory;
    private final byte[] block;
    private final byte[][] contents = new byte[BLOCK_BUFFERS][];

    /** Closes the allocator if that can be. */
    Load(Content content, ByteBufAllocator allocator) {
        this.allocator = allocator;
        pool = ReactiveBufferPool.create(allocator, budget);
        factory = new NettyDataBufferFactory(allocator);
        block = content.block(BLOCK_BUFFERS * BUFFER_BYTES);
        Arrays.setAll(contents, i -> Arrays.copyOfRange(block, i * BUFFER_BYTES, (i + 1) * BUFFER_BYTES));
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /** Over the same allocator; its budget has always room. */
    ReactiveBufferPool pool() {
        return pool;
    }

    /** Over the same allocator. */
    NettyDataBufferFactory factory() {
        return factory;
    }

    byte[] content(int i) {
        return contents[i % BLOCK_BUFFERS];
    }

    /** The i-th buffer, the caller's. */
    ByteBuf buffer(int i) {
        return fill(allocator.directBuffer(BUFFER_BYTES), i);
    }

    /** Writes what the i-th buffer has in it. */
    ByteBuf fill(ByteBuf buffer, int i) {
        return buffer.writeBytes(content(i));
    }

    /** All buffers, each the subscriber's. */
    Flux<ByteBuf> buffers() {
        return Flux.range(0, BUFFERS).map(this::buffer);
    }

    /** Some of them, one after another. */
    Flux<ByteBuf> buffers(int first, int count) {
        return Flux.range(first, count).map(this::buffer);
    }

    /** All buffers, as Spring has them. */
    Flux<DataBuffer> dataBuffers() {
        return buffers().map(factory::wrap);
    }

    /** What the first {@link #BLOCK_BUFFERS} buffers have in them, and the next as many. */
    InputStream stream() {
        return new ByteArrayInputStream(block);
    }

    /** All buffers, one after another through a decoder of Netty's, without Reactor. */
    void decode(ChannelHandler decoder, Drain drain) {
        var channel = new EmbeddedChannel(decoder);
        channel.config().setAllocator(allocator);
        for (int i = 0; i < BUFFERS; i++) {
            channel.writeInbound(buffer(i));
            readAll(channel, drain);
        }
        channel.finish();
        readAll(channel, drain);
        drain.onComplete();
    }

    private static void readAll(EmbeddedChannel channel, Drain drain) {
        Object decoded = channel.readInbound();
        while (decoded != null) {
            drain.onNext(decoded);
            decoded = channel.readInbound();
        }
    }

    /** All bytes in a row. */
    byte[] bytes() {
        byte[] bytes = new byte[BUFFERS * BUFFER_BYTES];
        for (int i = 0; i < BUFFERS; i++) {
            System.arraycopy(content(i), 0, bytes, i * BUFFER_BYTES, BUFFER_BYTES);
        }
        return bytes;
    }

    /** Fails if a buffer or a charge is not back; of buffers, as far as the allocator says. */
    void requireAllBack() {
        long buffers = buffersInUse();
        if (buffers != 0 || budget.used() != 0) {
            throw new IllegalStateException(buffers + " buffers are not back, and " + budget);
        }
    }

    private long buffersInUse() {
        if (allocator instanceof ForebayAllocator forebay) {
            return forebay.metric().direct().inUse() + forebay.metric().heap().inUse();
        }
        return allocator instanceof RememberingAllocator remembering ? remembering.inUse() : 0;
    }

    @Override
    public void close() {
        requireAllBack();
        if (allocator instanceof ForebayAllocator forebay) { // Netty's cannot be, they go with the fork
            forebay.close();
        }
    }
}
