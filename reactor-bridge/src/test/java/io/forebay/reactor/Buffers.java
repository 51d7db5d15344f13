package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The buffers of one test, on the heap unless asked for otherwise. Closing checks that each has exactly the references left
 * that the test itself holds, and that none was released once more, even where the exception for it was swallowed.
 */
final class Buffers extends AbstractByteBufAllocator implements AutoCloseable {
    private static final class StrictBuf extends UnpooledHeapByteBuf {
        private final Buffers buffers;

        StrictBuf(Buffers buffers, int initialCapacity, int maxCapacity) {
            super(buffers, initialCapacity, maxCapacity);
            this.buffers = buffers;
        }

        @Override
        public boolean release() {
            buffers.countIfDouble(this);
            return super.release();
        }
    }

    private static final class StrictDirectBuf extends UnpooledDirectByteBuf {
        private final Buffers buffers;

        StrictDirectBuf(Buffers buffers, int initialCapacity, int maxCapacity) {
            super(buffers, initialCapacity, maxCapacity);
            this.buffers = buffers;
        }

        @Override
        public boolean release() {
            buffers.countIfDouble(this);
            return super.release();
        }
    }

    private final Queue<ByteBuf> all = new ConcurrentLinkedQueue<>();
    private final AtomicInteger doubleReleases = new AtomicInteger();
    private final int ownReferences;
    private volatile Runnable asked = () -> {}; // the test writes once
    private volatile Consumer<ByteBuf> made = buffer -> {}; // the test writes once

    /** Buffers of which the test holds no reference. */
    Buffers() {
        this(1);
    }

    /** Buffers that begin with so many references, all but one of them the test's. */
    Buffers(int references) {
        super(/* preferDirect= */ false);
        this.ownReferences = references - 1;
    }

    private void countIfDouble(ByteBuf released) {
        if (released.refCnt() == 0) {
            doubleReleases.incrementAndGet();
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        asked.run();
        return listed(new StrictBuf(this, initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        asked.run();
        return listed(new StrictDirectBuf(this, initialCapacity, maxCapacity));
    }

    private ByteBuf listed(ByteBuf buffer) {
        if (ownReferences > 0) {
            buffer.retain(ownReferences);
        }
        all.add(buffer);
        made.accept(buffer);
        return buffer;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    ByteBuf of(byte... content) {
        return buffer(content.length).writeBytes(content);
    }

    Lease lease(byte... content) {
        return Lease.adopt(of(content));
    }

    /** From now on this is run before each buffer is made. */
    void whenAsked(Runnable asked) {
        this.asked = asked;
    }

    /** From now on this is told of each buffer, before whoever asked for it has it. */
    void whenMade(Consumer<ByteBuf> made) {
        this.made = made;
    }

    /** No more memory from here. */
    void refuse() {
        whenAsked(() -> {
            throw new OutOfMemoryError("the test's buffers are at their limit");
        });
    }

    /** Of parts of so many bytes each. */
    Lease composite(int... sizes) {
        CompositeByteBuf composite = new CompositeByteBuf(this, /* direct= */ false, 16);
        for (int size : sizes) {
            composite.addComponent(buffer(size, size).writerIndex(size));
        }
        return Lease.adopt(composite);
    }

    /** So many bytes, each one more than the one before. */
    Lease bytes(int from, int count) {
        ByteBuf buffer = buffer(count, count);
        for (int i = 0; i < count; i++) {
            buffer.writeByte(from + i);
        }
        return Lease.adopt(buffer);
    }

    /** Bytes 0 to 9 in parts of 4 and 6. */
    Lease twoParts() {
        ByteBuf first = bytes(0, 4).detach();
        ByteBuf second = bytes(4, 6).detach();
        return Lease.adopt(new CompositeByteBuf(this, /* direct= */ false, 2, first, second));
    }

    int made() {
        return all.size();
    }

    /** How many buffers have references beyond the test's own. */
    long open() {
        return all.stream().filter(buffer -> buffer.refCnt() > ownReferences).count();
    }

    void check() {
        assertThat(doubleReleases).as("released once too often").hasValue(0);
        assertThat(all)
                .allSatisfy(buffer -> assertThat(buffer.refCnt())
                        .as("references left, of which the test holds %d", ownReferences)
                        .isEqualTo(ownReferences));
    }

    @Override
    public void close() {
        check();
    }
}
