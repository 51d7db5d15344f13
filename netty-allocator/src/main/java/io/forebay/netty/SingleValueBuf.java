package io.forebay.netty;

import io.netty.buffer.ByteBuf;

/** A buffer whose single values are got, set, read and written after one check. */
abstract class SingleValueBuf extends CountedByteBuf {
    /*
     * The superclass would ask refCnt() before each value. That read is opaque, which to the compiler is a wall: over a
     * run of writeLong or readLong nothing stays in a register, neither the index nor the capacity. Here the count is
     * read plain, so a run is one check of the count and stores that follow one another.
     *
     * Each method is one check and the access. A check that fails hands over to the superclass's own, which throws what
     * Netty's buffers throw, grows where there is room to grow, or lets pass where a system property of Netty's says so.
     */

    private static final int MEDIUM_BYTES = 3;

    // Whoever holds a reference reads and writes it, plain: as with the content, holders order that among themselves.
    private int capacity;

    /** Whether an index was marked in this life, or a slice handed on: in most neither is, and nothing needs to be set back. */
    private boolean leftTraces;

    SingleValueBuf(int maxCapacity) {
        super(maxCapacity);
    }

    @Override
    public final int capacity() {
        return capacity;
    }

    /** Notes the capacity, nothing else: the memory is the caller's matter. */
    final void setCapacity(int capacity) {
        this.capacity = capacity;
    }

    /** For a new life: indices and marks are 0, and no slice has been handed on. */
    final void resetIndices() {
        clear();
        if (leftTraces) {
            super.markReaderIndex();
            super.markWriterIndex();
            forgetSlices();
            leftTraces = false;
        }
    }

    /** The next life has to set something back. */
    final void leavesTraces() {
        leftTraces = true;
    }

    abstract void forgetSlices();

    @Override
    public final ByteBuf markReaderIndex() {
        leftTraces = true;
        return super.markReaderIndex();
    }

    @Override
    public final ByteBuf markWriterIndex() {
        leftTraces = true;
        return super.markWriterIndex();
    }

    private void check(int index, int width) {
        if (isReleasedPlain() || index < 0 || index > capacity - width) {
            checkIndex(index, width);
        }
    }

    /** Moves the reader index past the next value and returns where that is. */
    private int passReader(int width) {
        int index = readerIndex();
        int next = index + width; // negative if it overflows
        if (isReleasedPlain() || next < 0 || next > writerIndex()) {
            checkReadableBytes(width);
        }
        readerIndex(next); // compares the same again, which the compiler sees
        return index;
    }

    /** Makes room for the next value, moves the writer index past it and returns where it goes. */
    private int passWriter(int width) {
        int index = writerIndex();
        int next = index + width; // negative if it overflows
        if (isReleasedPlain() || next < 0 || next > capacity) {
            ensureWritable(width);
        }
        writerIndex(next);
        return index;
    }

    @Override
    public final byte getByte(int index) {
        check(index, Byte.BYTES);
        return _getByte(index);
    }

    @Override
    public final short getShort(int index) {
        check(index, Short.BYTES);
        return _getShort(index);
    }

    @Override
    public final short getShortLE(int index) {
        check(index, Short.BYTES);
        return _getShortLE(index);
    }

    @Override
    public final int getUnsignedMedium(int index) {
        check(index, MEDIUM_BYTES);
        return _getUnsignedMedium(index);
    }

    @Override
    public final int getUnsignedMediumLE(int index) {
        check(index, MEDIUM_BYTES);
        return _getUnsignedMediumLE(index);
    }

    @Override
    public final int getInt(int index) {
        check(index, Integer.BYTES);
        return _getInt(index);
    }

    @Override
    public final int getIntLE(int index) {
        check(index, Integer.BYTES);
        return _getIntLE(index);
    }

    @Override
    public final long getLong(int index) {
        check(index, Long.BYTES);
        return _getLong(index);
    }

    @Override
    public final long getLongLE(int index) {
        check(index, Long.BYTES);
        return _getLongLE(index);
    }

    @Override
    public final ByteBuf setByte(int index, int value) {
        check(index, Byte.BYTES);
        _setByte(index, value);
        return this;
    }

    @Override
    public final ByteBuf setShort(int index, int value) {
        check(index, Short.BYTES);
        _setShort(index, value);
        return this;
    }

    @Override
    public final ByteBuf setShortLE(int index, int value) {
        check(index, Short.BYTES);
        _setShortLE(index, value);
        return this;
    }

    @Override
    public final ByteBuf setMedium(int index, int value) {
        check(index, MEDIUM_BYTES);
        _setMedium(index, value);
        return this;
    }

    @Override
    public final ByteBuf setMediumLE(int index, int value) {
        check(index, MEDIUM_BYTES);
        _setMediumLE(index, value);
        return this;
    }

    @Override
    public final ByteBuf setInt(int index, int value) {
        check(index, Integer.BYTES);
        _setInt(index, value);
        return this;
    }

    @Override
    public final ByteBuf setIntLE(int index, int value) {
        check(index, Integer.BYTES);
        _setIntLE(index, value);
        return this;
    }

    @Override
    public final ByteBuf setLong(int index, long value) {
        check(index, Long.BYTES);
        _setLong(index, value);
        return this;
    }

    @Override
    public final ByteBuf setLongLE(int index, long value) {
        check(index, Long.BYTES);
        _setLongLE(index, value);
        return this;
    }

    @Override
    public final byte readByte() {
        return _getByte(passReader(Byte.BYTES));
    }

    @Override
    public final short readShort() {
        return _getShort(passReader(Short.BYTES));
    }

    @Override
    public final short readShortLE() {
        return _getShortLE(passReader(Short.BYTES));
    }

    @Override
    public final int readUnsignedMedium() {
        return _getUnsignedMedium(passReader(MEDIUM_BYTES));
    }

    @Override
    public final int readUnsignedMediumLE() {
        return _getUnsignedMediumLE(passReader(MEDIUM_BYTES));
    }

    @Override
    public final int readInt() {
        return _getInt(passReader(Integer.BYTES));
    }

    @Override
    public final int readIntLE() {
        return _getIntLE(passReader(Integer.BYTES));
    }

    @Override
    public final long readLong() {
        return _getLong(passReader(Long.BYTES));
    }

    @Override
    public final long readLongLE() {
        return _getLongLE(passReader(Long.BYTES));
    }

    @Override
    public final ByteBuf writeByte(int value) {
        _setByte(passWriter(Byte.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeShort(int value) {
        _setShort(passWriter(Short.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeShortLE(int value) {
        _setShortLE(passWriter(Short.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeMedium(int value) {
        _setMedium(passWriter(MEDIUM_BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeMediumLE(int value) {
        _setMediumLE(passWriter(MEDIUM_BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeInt(int value) {
        _setInt(passWriter(Integer.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeIntLE(int value) {
        _setIntLE(passWriter(Integer.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeLong(long value) {
        _setLong(passWriter(Long.BYTES), value);
        return this;
    }

    @Override
    public final ByteBuf writeLongLE(long value) {
        _setLongLE(passWriter(Long.BYTES), value);
        return this;
    }
}
