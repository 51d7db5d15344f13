package io.forebay.netty;

import static java.lang.invoke.MethodHandles.byteArrayViewVarHandle;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A buffer over a byte array of its own. */
final class HeapBuf extends PooledBuf {
    private static final VarHandle SHORT = byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT_LE = byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT_LE = byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG_LE = byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final HeapKind kind;

    HeapBuf(BufferPools pools, HeapKind kind, int sizeClass, int memoryBytes) {
        this(pools, kind, sizeClass, new byte[memoryBytes]);
    }

    private HeapBuf(BufferPools pools, HeapKind kind, int sizeClass, byte[] array) {
        super(pools, sizeClass, array.length);
        this.kind = kind;
        this.array = array;
    }

    @Override
    PooledBuf newHeir() {
        return new HeapBuf(pools(), kind, sizeClass(), array);
    }

    @Override
    void swapMemory(PooledBuf other) {
        HeapBuf heap = (HeapBuf) other;
        byte[] itsArray = heap.array;
        heap.array = array;
        array = itsArray;
    }

    @Override
    void copyMemory(PooledBuf from, int bytes) {
        System.arraycopy(((HeapBuf) from).array, 0, array, 0, bytes);
    }

    @Override
    void fillMemory(byte value) {
        Arrays.fill(array, value);
    }

    @Override
    void freeMemory() {
        kind.freed(array.length);
    }

    @Override
    protected byte _getByte(int index) {
        return array[index];
    }

    @Override
    protected short _getShort(int index) {
        return (short) SHORT.get(array, index);
    }

    @Override
    protected short _getShortLE(int index) {
        return (short) SHORT_LE.get(array, index);
    }

    @Override
    protected int _getUnsignedMedium(int index) {
        return (array[index] & 0xff) << 16 | (_getShort(index + 1) & 0xffff);
    }

    @Override
    protected int _getUnsignedMediumLE(int index) {
        return (array[index] & 0xff) | (_getShortLE(index + 1) & 0xffff) << 8;
    }

    @Override
    protected int _getInt(int index) {
        return (int) INT.get(array, index);
    }

    @Override
    protected int _getIntLE(int index) {
        return (int) INT_LE.get(array, index);
    }

    @Override
    protected long _getLong(int index) {
        return (long) LONG.get(array, index);
    }

    @Override
    protected long _getLongLE(int index) {
        return (long) LONG_LE.get(array, index);
    }

    @Override
    protected void _setByte(int index, int value) {
        array[index] = (byte) value;
    }

    @Override
    protected void _setShort(int index, int value) {
        SHORT.set(array, index, (short) value);
    }

    @Override
    protected void _setShortLE(int index, int value) {
        SHORT_LE.set(array, index, (short) value);
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
        INT.set(array, index, value);
    }

    @Override
    protected void _setIntLE(int index, int value) {
        INT_LE.set(array, index, value);
    }

    @Override
    protected void _setLong(int index, long value) {
        LONG.set(array, index, value);
    }

    @Override
    protected void _setLongLE(int index, long value) {
        LONG_LE.set(array, index, value);
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuf dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.capacity());
        dst.setBytes(dstIndex, array, index, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, byte[] dst, int dstIndex, int length) {
        checkDstIndex(index, length, dstIndex, dst.length);
        System.arraycopy(array, index, dst, dstIndex, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, ByteBuffer dst) {
        ensureAccessible();
        int length = dst.remaining();
        checkIndex(index, length);
        dst.put(array, index, length);
        return this;
    }

    @Override
    public ByteBuf getBytes(int index, OutputStream out, int length) throws IOException {
        checkIndex(index, length);
        out.write(array, index, length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuf src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.capacity());
        src.getBytes(srcIndex, array, index, length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, byte[] src, int srcIndex, int length) {
        checkSrcIndex(index, length, srcIndex, src.length);
        System.arraycopy(src, srcIndex, array, index, length);
        return this;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuffer src) {
        int length = src.remaining();
        checkIndex(index, length);
        src.get(array, index, length);
        return this;
    }

    @Override
    public int setBytes(int index, InputStream in, int length) throws IOException {
        checkIndex(index, length);
        return in.read(array, index, length);
    }

    @Override
    public ByteBuf copy(int index, int length) {
        checkIndex(index, length);
        return alloc().heapBuffer(length, maxCapacity()).writeBytes(array, index, length);
    }

    @Override
    public ByteBuffer nioBuffer(int index, int length) {
        checkIndex(index, length);
        return ByteBuffer.wrap(array, index, length).slice();
    }

    @Override
    ByteBuffer newIoView() {
        return ByteBuffer.wrap(array);
    }

    @Override
    public boolean isDirect() {
        return false;
    }

    @Override
    public boolean hasArray() {
        return true;
    }

    @Override
    public byte[] array() {
        ensureAccessible();
        return array;
    }

    @Override
    public int arrayOffset() {
        return 0;
    }

    @Override
    public boolean hasMemoryAddress() {
        return false;
    }

    @Override
    public long memoryAddress() {
        throw new UnsupportedOperationException("heap buffer");
    }
}
