package io.forebay.netty;

import io.forebay.pool.Slot;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A buffer that keeps the slices it has handed on, for its later lives: decoders cut the same frames out of it again and again. */
abstract class SlicedBuf extends HomedBuf {
    /*
     * A slice shares the count of its buffer, so nobody who may use one outlives the life it was made in: in the next life
     * all may be handed on again. No array or slice is stored where there is one already, as a reference store has its price,
     * and nothing is stored at all in a life without slices.
     *
     * Only the loop whose slot the buffer was taken from hands them on, plain; any other thread makes a slice of its own.
     * Which loop that is changes within a life by growth alone, which is not safe beside other holders, with Netty's buffers
     * neither. For those who do not keep to that, none is handed on in that life from there on.
     */
    private static final int MAX_KEPT = 8;

    private static final PooledSlice[] NONE = {};

    /** All that there are, then null. */
    private @Nullable PooledSlice[] slices = NONE;

    /** How many of them, from the first, this life has handed on. */
    private int handedOn;

    SlicedBuf(int maxCapacity) {
        super(maxCapacity);
    }

    @Override
    public final ByteBuf retainedSlice() {
        return retainedSlice(readerIndex(), readableBytes());
    }

    @Override
    public final ByteBuf retainedSlice(int index, int length) {
        checkIndex(index, length);
        PooledSlice slice = nextSlice();
        slice.begin(index, length);
        retain(); // last: what fails before has taken no reference
        return slice;
    }

    private PooledSlice nextSlice() {
        Slot<PooledBuf> slot = slot();
        int next = handedOn;
        if (slot == null || next >= MAX_KEPT || !slot.isOwner()) {
            return new PooledSlice(self());
        }
        @Nullable PooledSlice[] slices = roomyFor(next);
        PooledSlice slice = slices[next];
        if (slice == null) {
            slice = new PooledSlice(self());
            slices[next] = slice;
        }
        handedOn = next + 1;
        leavesTraces();
        return slice;
    }

    private @Nullable PooledSlice[] roomyFor(int next) {
        if (next >= slices.length) {
            slices = Arrays.copyOf(slices, Math.max(2, 2 * next));
        }
        return slices;
    }

    /** No slice that this life has not handed on yet will be. */
    final void handOnNoMore() {
        handedOn = MAX_KEPT;
        leavesTraces();
    }

    @Override
    final void forgetSlices() {
        handedOn = 0;
    }

    // What a slice reaches without another check.

    @Override
    protected abstract byte _getByte(int index);

    @Override
    protected abstract short _getShort(int index);

    @Override
    protected abstract short _getShortLE(int index);

    @Override
    protected abstract int _getUnsignedMedium(int index);

    @Override
    protected abstract int _getUnsignedMediumLE(int index);

    @Override
    protected abstract int _getInt(int index);

    @Override
    protected abstract int _getIntLE(int index);

    @Override
    protected abstract long _getLong(int index);

    @Override
    protected abstract long _getLongLE(int index);

    @Override
    protected abstract void _setByte(int index, int value);

    @Override
    protected abstract void _setShort(int index, int value);

    @Override
    protected abstract void _setShortLE(int index, int value);

    @Override
    protected abstract void _setMedium(int index, int value);

    @Override
    protected abstract void _setMediumLE(int index, int value);

    @Override
    protected abstract void _setInt(int index, int value);

    @Override
    protected abstract void _setIntLE(int index, int value);

    @Override
    protected abstract void _setLong(int index, long value);

    @Override
    protected abstract void _setLongLE(int index, long value);
}
