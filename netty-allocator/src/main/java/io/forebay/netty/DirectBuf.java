package io.forebay.netty;

import static io.forebay.netty.NettyInternals.ACCESS_BY_ADDRESS;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A buffer over a segment of a slab of direct memory. */
final class DirectBuf extends PooledBuf {
    /*
     * Two ways to the memory: by address where Netty has Unsafe, else through the slab's ByteBuffer by absolute index,
     * which no view can disturb. Both are guarded by AbstractByteBuf's checks only, so `offset + index` is never formed
     * from an unchecked index. Bulk copies always go through the ByteBuffer: their own cost hides its check.
     */
    private SlabClass slabClass;
    private Slab slab;
    private ByteBuffer base; // the slab's
    private long address; // of the first byte; 0 if unknown
    private int offset; // of the first byte in base

    DirectBuf(BufferPools pools, SlabClass slabClass, Slab slab, int offset, int sizeClass, int memoryBytes) {
        super(pools, sizeClass, memoryBytes);
        this.slabClass = slabClass;
        this.slab = slab;
        this.offset = offset;
        this.base = slab.buffer;
        this.address = addressIn(slab, offset);
    }

    private static long addressIn(Slab slab, int offset) {
        return slab.address == NettyInternals.NO_ADDRESS ? NettyInternals.NO_ADDRESS : slab.address + offset;
    }

    @Override
    void swapMemory(PooledBuf other) {
        DirectBuf direct = (DirectBuf) other;
        SlabClass itsClass = direct.slabClass;
        Slab itsSlab = direct.slab;
        int itsOffset = direct.offset;
        direct.moveTo(slabClass, slab, offset);
        moveTo(itsClass, itsSlab, itsOffset);
    }

    private void moveTo(SlabClass slabClass, Slab slab, int offset) {
        this.slabClass = slabClass;
        this.slab = slab;
        this.offset = offset;
        this.base = slab.buffer;
        this.address = addressIn(slab, offset);
    }

    @Override
    void copyMemory(PooledBuf from, int bytes) {
        DirectBuf direct = (DirectBuf) from;
        base.put(offset, direct.base, direct.offset, bytes);
    }

    @Override
    void freeMemory() {
        slabClass.giveBack(slab, offset);
    }

    @Override
    protected byte _getByte(int index) {
        return ACCESS_BY_ADDRESS ? NettyInternals.getByte(address + index) : base.get(offset + index);
    }

    @Override
    protected short _getShort(int index) {
        return ACCESS_BY_ADDRESS ? NettyInternals.getShort(address + index) : base.getShort(offset + index);
    }

    @Override
    protected short _getShortLE(int index) {
        return ACCESS_BY_ADDRESS
                ? NettyInternals.getShortLE(address + index)
                : Short.reverseBytes(base.getShort(offset + index));
    }

    @Override
    protected int _getUnsignedMedium(int index) {
        return (_getByte(index) & 0xff) << 16 | (_getShort(index + 1) & 0xffff);
    }

    @Override
    protected int _getUnsignedMediumLE(int index) {
        return (_getByte(index) & 0xff) | (_getShortLE(index + 1) & 0xffff) << 8;
    }

    @Override
    protected int _getInt(int index) {
        return ACCESS_BY_ADDRESS ? NettyInternals.getInt(address + index) : base.getInt(offset + index);
    }

    @Override
    protected int _getIntLE(int index) {
        return ACCESS_BY_ADDRESS
                ? NettyInternals.getIntLE(address + index)
                : Integer.reverseBytes(base.getInt(offset + index));
    }

    @Override
    protected long _getLong(int index) {
        return ACCESS_BY_ADDRESS ? NettyInternals.getLong(address + index) : base.getLong(offset + index);
    }

    @Override
    protected long _getLongLE(int index) {
        return ACCESS_BY_ADDRESS
                ? NettyInternals.getLongLE(address + index)
                : Long.reverseBytes(base.getLong(offset + index));
    }

    @Override
    protected void _setByte(int index, int value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setByte(address + index, value);
        } else {
            base.put(offset + index, (byte) value);
        }
    }

    @Override
    protected void _setShort(int index, int value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setShort(address + index, value);
        } else {
            base.putShort(offset + index, (short) value);
        }
    }

    @Override
    protected void _setShortLE(int index, int value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setShortLE(address + index, value);
        } else {
            base.putShort(offset + index, Short.reverseBytes((short) value));
        }
    }

    @Override
    protected void _setMedium(int index, int value) {
        _setByte(index, value >>> 16);
        _setShort(index + 1, value);
    }

    @Override
    protected void _setMediumLE(int index, int value) {
        _setByte(index, value);
        _setShortLE(index + 1, value >>> 8);
    }

    @Override
    protected void _setInt(int index, int value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setInt(address + index, value);
        } else {
            base.putInt(offset + index, value);
        }
    }

    @Override
    protected void _setIntLE(int index, int value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setIntLE(address + index, value);
        } else {
            base.putInt(offset + index, Integer.reverseBytes(value));
        }
    }

    @Override
    protected void _setLong(int index, long value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setLong(address + index, value);
        } else {
            base.putLong(offset + index, value);
        }
    }

    @Override
    protected void _setLongLE(int index, long value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.setLongLE(address + index, value);
        } else {
            base.putLong(offset + index, Long.reverseBytes(value));
        }
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.capacity());
        if (dst instanceof DirectBuf direct) {
            direct.checkRange(dstIndex, length);
            direct.base.put(direct.offset + dstIndex, base, offset + index, length);
        } else if (dst.hasArray()) {
            getBytes(index, dst.array(), dst.arrayOffset() + dstIndex, length);
        } else {
            dst.setBytes(dstIndex, nioBuffer(index, length));
        }
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.length);
        base.get(offset + index, dst, dstIndex, length);
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
        if (src instanceof DirectBuf direct) {
            direct.checkRange(srcIndex, length);
            base.put(offset + index, direct.base, direct.offset + srcIndex, length);
        } else if (src.hasArray()) {
            setBytes(index, src.array(), src.arrayOffset() + srcIndex, length);
        } else {
            src.getBytes(srcIndex, base.slice(offset + index, length));
        }
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.length);
        base.put(offset + index, src, srcIndex, length);
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
