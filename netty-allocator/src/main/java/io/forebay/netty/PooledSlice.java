package io.forebay.netty;

import io.netty.buffer.AbstractByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;

/**
 * A part of a pooled buffer, with indices of its own, that was handed on with a reference: it shares content and count with
 * the whole, and is kept for the buffer's later lives. See {@link SlicedBuf}.
 */
final class PooledSlice extends AbstractByteBuf {
    private final PooledBuf whole;

    // Written before it is handed on, as the indices are; read by whoever holds it.
    private int offset;

    PooledSlice(PooledBuf whole) {
        super(Integer.MAX_VALUE);
        this.whole = whole;
    }

    /** For whoever gets it next: a range of the whole, all of it readable, and no marks. Its capacity is all it may ever have. */
    void begin(int offset, int length) {
        this.offset = offset;
        maxCapacity(length);
        clear().markReaderIndex().markWriterIndex().writerIndex(length);
    }

    @Override
    public int capacity() {
        return maxCapacity();
    }

    @Override
    public ByteBuf capacity(int newCapacity) {
        throw new UnsupportedOperationException("a slice has the capacity it was cut with: capacity=" + capacity()
                + ", wanted=" + newCapacity + " (write into the whole buffer, or copy the slice)");
    }

    @Override
    public ByteBufAllocator alloc() {
        return whole.alloc();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has it
    public ByteOrder order() {
        return ByteOrder.BIG_ENDIAN;
    }

    @Override
    public ByteBuf unwrap() {
        return whole;
    }

    @Override
    public boolean isDirect() {
        return whole.isDirect();
    }

    @Override
    public boolean isContiguous() {
        return true;
    }

    @Override
    public ByteBuf slice(int index, int length) {
        checkIndex(index, length);
        return whole.slice(offset + index, length);
    }

    @Override
    public ByteBuf retainedSlice() {
        return retainedSlice(readerIndex(), readableBytes());
    }

    @Override
    public ByteBuf retainedSlice(int index, int length) {
        checkIndex(index, length);
        return whole.retainedSlice(offset + index, length);
    }

    @Override
    public ByteBuf duplicate() {
        return slice(0, capacity()).setIndex(readerIndex(), writerIndex());
    }

    @Override
    public ByteBuf copy(int index, int length) {
        checkIndex(index, length);
        return whole.copy(offset + index, length);
    }

    // The count is the whole's.

    @Override
    public int refCnt() {
        return whole.refCnt();
    }

    @Override
    public ByteBuf retain() {
        whole.retain();
        return this;
    }

    @Override
    public ByteBuf retain(int increment) {
        whole.retain(increment);
        return this;
    }

    @Override
    public ByteBuf touch() {
        return this;
    }

    @Override
    public ByteBuf touch(Object hint) {
        return this;
    }

    @Override
    public boolean release() {
        return whole.release();
    }

    @Override
    public boolean release(int decrement) {
        return whole.release(decrement);
    }

    // So is the memory.

    @Override
    public boolean hasArray() {
        return whole.hasArray();
    }

    @Override
    public byte[] array() {
        return whole.array();
    }

    @Override
    public int arrayOffset() {
        return whole.arrayOffset() + offset;
    }

    @Override
    public boolean hasMemoryAddress() {
        return whole.hasMemoryAddress();
    }

    @Override
    public long memoryAddress() {
        return whole.memoryAddress() + offset;
    }

    @Override
    public int nioBufferCount() {
        return 1;
    }

    @Override
    public ByteBuffer nioBuffer(int index, int length) {
        checkIndex(index, length);
        return whole.nioBuffer(offset + index, length);
    }

    @Override
    public ByteBuffer[] nioBuffers(int index, int length) {
        return new ByteBuffer[] {nioBuffer(index, length)};
    }

    /** A view of its own, as other slices may be read at the same time. */
    @Override
    public ByteBuffer internalNioBuffer(int index, int length) {
        return nioBuffer(index, length);
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
        checkIndex(index, length);
        whole.getBytes(offset + index, dst, dstIndex, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
        checkIndex(index, length);
        whole.getBytes(offset + index, dst, dstIndex, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuffer dst) {
        checkIndex(index, dst.remaining());
        whole.getBytes(offset + index, dst);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, OutputStream out, int length) throws IOException {
        checkIndex(index, length);
        whole.getBytes(offset + index, out, length);
        return this;
    }

    @Override
    public int getBytes(int index, GatheringByteChannel out, int length) throws IOException {
        checkIndex(index, length);
        return whole.getBytes(offset + index, out, length);
    }

    @Override
    public int getBytes(int index, FileChannel out, long position, int length) throws IOException {
        checkIndex(index, length);
        return whole.getBytes(offset + index, out, position, length);
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuf src, int srcIndex, int length) {
        checkIndex(index, length);
        whole.setBytes(offset + index, src, srcIndex, length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
        checkIndex(index, length);
        whole.setBytes(offset + index, src, srcIndex, length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuffer src) {
        checkIndex(index, src.remaining());
        whole.setBytes(offset + index, src);
        return this;
    }

    @Override
    public int setBytes(int index, InputStream in, int length) throws IOException {
        checkIndex(index, length);
        return whole.setBytes(offset + index, in, length);
    }

    @Override
    public int setBytes(int index, ScatteringByteChannel in, int length) throws IOException {
        checkIndex(index, length);
        return whole.setBytes(offset + index, in, length);
    }

    @Override
    public int setBytes(int index, FileChannel in, long position, int length) throws IOException {
        checkIndex(index, length);
        return whole.setBytes(offset + index, in, position, length);
    }

    @Override
    protected byte _getByte(int index) {
        return whole._getByte(offset + index);
    }

    @Override
    protected short _getShort(int index) {
        return whole._getShort(offset + index);
    }

    @Override
    protected short _getShortLE(int index) {
        return whole._getShortLE(offset + index);
    }

    @Override
    protected int _getUnsignedMedium(int index) {
        return whole._getUnsignedMedium(offset + index);
    }

    @Override
    protected int _getUnsignedMediumLE(int index) {
        return whole._getUnsignedMediumLE(offset + index);
    }

    @Override
    protected int _getInt(int index) {
        return whole._getInt(offset + index);
    }

    @Override
    protected int _getIntLE(int index) {
        return whole._getIntLE(offset + index);
    }

    @Override
    protected long _getLong(int index) {
        return whole._getLong(offset + index);
    }

    @Override
    protected long _getLongLE(int index) {
        return whole._getLongLE(offset + index);
    }

    @Override
    protected void _setByte(int index, int value) {
        whole._setByte(offset + index, value);
    }

    @Override
    protected void _setShort(int index, int value) {
        whole._setShort(offset + index, value);
    }

    @Override
    protected void _setShortLE(int index, int value) {
        whole._setShortLE(offset + index, value);
    }

    @Override
    protected void _setMedium(int index, int value) {
        whole._setMedium(offset + index, value);
    }

    @Override
    protected void _setMediumLE(int index, int value) {
        whole._setMediumLE(offset + index, value);
    }

    @Override
    protected void _setInt(int index, int value) {
        whole._setInt(offset + index, value);
    }

    @Override
    protected void _setIntLE(int index, int value) {
        whole._setIntLE(offset + index, value);
    }

    @Override
    protected void _setLong(int index, long value) {
        whole._setLong(offset + index, value);
    }

    @Override
    protected void _setLongLE(int index, long value) {
        whole._setLongLE(offset + index, value);
    }
}
