package io.forebay.netty;

import static io.forebay.netty.NettyInternals.ACCESS_BY_ADDRESS;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A buffer over a segment of a slab of direct memory. */
final class DirectBuf extends SegmentBuf {
    DirectBuf(BufferPools pools, SlabClass slabClass, Slab slab, int offset, int sizeClass, int memoryBytes) {
        super(pools, slabClass, slab, offset, sizeClass, memoryBytes);
    }

    @Override
    PooledBuf newHeir() {
        return new DirectBuf(pools(), slabClass, slab, offset, sizeClass(), memoryBytes());
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.capacity());
        if (dst.hasArray()) {
            getBytes(index, dst.array(), dst.arrayOffset() + dstIndex, length);
        } else if (ACCESS_BY_ADDRESS && dst.hasMemoryAddress() && !dst.isReadOnly()) { // read-only ones have it too
            NettyInternals.copy(address + index, dst.memoryAddress() + dstIndex, length);
        } else if (dst instanceof DirectBuf direct) {
            direct.checkRange(dstIndex, length);
            direct.base.put(direct.offset + dstIndex, base, offset + index, length);
        } else {
            dst.setBytes(dstIndex, nioBuffer(index, length));
        }
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.length);
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.copy(address + index, dst, dstIndex, length);
        } else {
            base.get(offset + index, dst, dstIndex, length);
        }
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuffer dst) {
        int length = dst.remaining();
        checkIndex(index, length);
        dst.put(dst.position(), base, offset + index, length);
        dst.position(dst.position() + length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, OutputStream out, int length) throws IOException {
        checkIndex(index, length);
        Streams.copy(this, index, length, out);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuf src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.capacity());
        if (src.hasArray()) {
            setBytes(index, src.array(), src.arrayOffset() + srcIndex, length);
        } else if (ACCESS_BY_ADDRESS && src.hasMemoryAddress()) {
            NettyInternals.copy(src.memoryAddress() + srcIndex, address + index, length);
        } else if (src instanceof DirectBuf direct) {
            direct.checkRange(srcIndex, length);
            base.put(offset + index, direct.base, direct.offset + srcIndex, length);
        } else {
            src.getBytes(srcIndex, base.slice(offset + index, length));
        }
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.length);
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.copy(src, srcIndex, address + index, length);
        } else {
            base.put(offset + index, src, srcIndex, length);
        }
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuffer src) {
        int length = src.remaining();
        checkIndex(index, length);
        base.put(offset + index, src, src.position(), length);
        src.position(src.position() + length);
        return this;
    }

    @Override
    public int setBytes(int index, InputStream in, int length) throws IOException {
        checkIndex(index, length);
        return Streams.fill(this, index, length, in);
    }

    @Override
    public ByteBuf copy(int index, int length) {
        checkIndex(index, length);
        return alloc().directBuffer(length, maxCapacity()).writeBytes(this, index, length);
    }

    @Override
    public ByteBuffer nioBuffer(int index, int length) {
        checkIndex(index, length);
        return base.slice(offset + index, length);
    }

    @Override
    ByteBuffer newIoView() {
        return base.slice(offset, memoryBytes());
    }

    @Override
    public boolean isDirect() {
        return true;
    }

    @Override
    public boolean hasArray() {
        return false;
    }

    @Override
    public byte[] array() {
        throw new UnsupportedOperationException("direct buffer");
    }

    @Override
    public int arrayOffset() {
        throw new UnsupportedOperationException("direct buffer");
    }

    @Override
    public boolean hasMemoryAddress() {
        return address != NettyInternals.NO_ADDRESS;
    }

    @Override
    public long memoryAddress() {
        if (address == NettyInternals.NO_ADDRESS) {
            throw new UnsupportedOperationException("the JVM does not tell the address of direct memory");
        }
        ensureAccessible();
        return address;
    }
}
