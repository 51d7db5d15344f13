package io.forebay.netty;

import static io.forebay.netty.NettyInternals.ACCESS_BY_ADDRESS;

import java.nio.ByteBuffer;

/** A buffer whose memory is a segment of a slab, and how single values in it are reached. */
abstract class SegmentBuf extends PooledBuf {
    /*
     * Two ways to the memory: by address where Netty has Unsafe, else through the slab's ByteBuffer by absolute index,
     * which no view can disturb. Both are guarded by the checks of the accessors only, so neither `address + index` nor
     * `offset + index` is ever formed from an unchecked index.
     */
    private static final int FILL_CHUNK_BYTES = 4 << 10; // of these and what is filled, both stay in the nearest cache

    // Change together and with the address, in moveTo.
    SlabClass slabClass;
    Slab slab;
    ByteBuffer base; // the slab's
    int offset; // of the first byte in base

    SegmentBuf(BufferPools pools, SlabClass slabClass, Slab slab, int offset, int sizeClass, int memoryBytes) {
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
        SegmentBuf segment = (SegmentBuf) other;
        SlabClass itsClass = segment.slabClass;
        Slab itsSlab = segment.slab;
        int itsOffset = segment.offset;
        segment.moveTo(slabClass, slab, offset);
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
        SegmentBuf segment = (SegmentBuf) from;
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.copy(segment.address, address, bytes);
        } else {
            base.put(offset, segment.base, segment.offset, bytes);
        }
    }

    @Override
    void fillMemory(byte value) {
        if (ACCESS_BY_ADDRESS) {
            NettyInternals.fill(address, memoryBytes(), value);
        } else {
            fillThroughBuffer(value, memoryBytes());
        }
    }

    /** A byte, copied to the next one, then these two, and so on up to a chunk: no array is needed. */
    private void fillThroughBuffer(byte value, int bytes) {
        base.put(offset, value);
        int done = 1;
        while (done < bytes) {
            int copied = Math.min(Math.min(done, FILL_CHUNK_BYTES), bytes - done);
            base.put(offset + done, base, offset, copied);
            done += copied;
        }
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
}
