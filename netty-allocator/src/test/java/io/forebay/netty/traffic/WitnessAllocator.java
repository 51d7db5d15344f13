package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.EmptyByteBuf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * An allocator that hands on to another and keeps its own books: every buffer must come out as new, and must have been
 * released in the end. It trusts nothing the other allocator says about itself.
 */
final class WitnessAllocator implements ByteBufAllocator {
    private final ByteBufAllocator witnessed;
    private final Queue<ByteBuf> handedOut = new ConcurrentLinkedQueue<>();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final LongAdder heapBuffers = new LongAdder();
    private final LongAdder directBuffers = new LongAdder();

    WitnessAllocator(ByteBufAllocator witnessed) {
        this.witnessed = witnessed;
    }

    long heapBuffers() {
        return heapBuffers.sum();
    }

    long directBuffers() {
        return directBuffers.sum();
    }

    /** Fails if a buffer came out used, or is still held. */
    void verifyAllReleased() {
        assertThat(complaints).as("buffers that did not come out as new").isEmpty();
        assertThat(handedOut.stream().filter(buffer -> buffer.refCnt() != 0))
                .as("buffers never released")
                .isEmpty();
    }

    private ByteBuf sized(ByteBuf buffer, int requestedCapacity) {
        if (buffer.capacity() != requestedCapacity) {
            complaints.add("asked for " + requestedCapacity + ": " + buffer);
        }
        return seen(buffer);
    }

    private ByteBuf bounded(ByteBuf buffer, int requestedCapacity, int maxCapacity) {
        if (buffer.maxCapacity() != maxCapacity) {
            complaints.add("asked for at most " + maxCapacity + ": " + buffer);
        }
        return sized(buffer, requestedCapacity);
    }

    private ByteBuf direct(ByteBuf buffer) {
        if (!buffer.isDirect()) {
            complaints.add("asked for direct memory: " + buffer);
        }
        return buffer;
    }

    private ByteBuf heap(ByteBuf buffer) {
        if (buffer.isDirect()) {
            complaints.add("asked for heap memory: " + buffer);
        }
        return buffer;
    }

    private <B extends ByteBuf> B seen(B buffer) {
        if (buffer instanceof EmptyByteBuf) { // one immortal instance, it has nothing to release
            return buffer;
        }
        if (buffer.refCnt() != 1 || buffer.readerIndex() != 0 || buffer.writerIndex() != 0) {
            complaints.add("used: " + buffer);
        }
        (buffer.isDirect() ? directBuffers : heapBuffers).increment();
        handedOut.add(buffer);
        return buffer;
    }

    @Override
    public ByteBuf buffer() {
        return seen(witnessed.buffer());
    }

    @Override
    public ByteBuf buffer(int initialCapacity) {
        return sized(witnessed.buffer(initialCapacity), initialCapacity);
    }

    @Override
    public ByteBuf buffer(int initialCapacity, int maxCapacity) {
        return bounded(witnessed.buffer(initialCapacity, maxCapacity), initialCapacity, maxCapacity);
    }

    @Override
    public ByteBuf ioBuffer() {
        return seen(witnessed.ioBuffer());
    }

    @Override
    public ByteBuf ioBuffer(int initialCapacity) {
        return sized(witnessed.ioBuffer(initialCapacity), initialCapacity);
    }

    @Override
    public ByteBuf ioBuffer(int initialCapacity, int maxCapacity) {
        return bounded(witnessed.ioBuffer(initialCapacity, maxCapacity), initialCapacity, maxCapacity);
    }

    @Override
    public ByteBuf heapBuffer() {
        return seen(heap(witnessed.heapBuffer()));
    }

    @Override
    public ByteBuf heapBuffer(int initialCapacity) {
        return sized(heap(witnessed.heapBuffer(initialCapacity)), initialCapacity);
    }

    @Override
    public ByteBuf heapBuffer(int initialCapacity, int maxCapacity) {
        return bounded(heap(witnessed.heapBuffer(initialCapacity, maxCapacity)), initialCapacity, maxCapacity);
    }

    @Override
    public ByteBuf directBuffer() {
        return seen(direct(witnessed.directBuffer()));
    }

    @Override
    public ByteBuf directBuffer(int initialCapacity) {
        return sized(direct(witnessed.directBuffer(initialCapacity)), initialCapacity);
    }

    @Override
    public ByteBuf directBuffer(int initialCapacity, int maxCapacity) {
        return bounded(direct(witnessed.directBuffer(initialCapacity, maxCapacity)), initialCapacity, maxCapacity);
    }

    @Override
    public CompositeByteBuf compositeBuffer() {
        return seen(witnessed.compositeBuffer());
    }

    @Override
    public CompositeByteBuf compositeBuffer(int maxNumComponents) {
        return seen(witnessed.compositeBuffer(maxNumComponents));
    }

    @Override
    public CompositeByteBuf compositeHeapBuffer() {
        return seen(witnessed.compositeHeapBuffer());
    }

    @Override
    public CompositeByteBuf compositeHeapBuffer(int maxNumComponents) {
        return seen(witnessed.compositeHeapBuffer(maxNumComponents));
    }

    @Override
    public CompositeByteBuf compositeDirectBuffer() {
        return seen(witnessed.compositeDirectBuffer());
    }

    @Override
    public CompositeByteBuf compositeDirectBuffer(int maxNumComponents) {
        return seen(witnessed.compositeDirectBuffer(maxNumComponents));
    }

    @Override
    public boolean isDirectBufferPooled() {
        return witnessed.isDirectBufferPooled();
    }

    @Override
    public int calculateNewCapacity(int minNewCapacity, int maxCapacity) {
        return witnessed.calculateNewCapacity(minNewCapacity, maxCapacity);
    }
}
