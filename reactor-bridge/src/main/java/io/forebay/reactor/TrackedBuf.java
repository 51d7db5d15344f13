package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.WrappedByteBuf;
import java.nio.ByteOrder;

/** A buffer that tells of its last release, by whom and through what view ever. */
abstract class TrackedBuf extends WrappedByteBuf {
    /*
     * The idea: release() returns true for exactly one call of all those that share a reference count, and that one tells.
     * So every view that shares the count has to be of the same class: slices, duplicates, read-only views
     * and byte orders are wrapped again. Retained views are made of plain ones, because Netty's pooled ones have a count
     * of their own, and their last release would reach the memory past this class.
     *
     * unwrap() leads past this class, too. Netty uses it to read (composite buffers, transports, memory addresses), and
     * releases what it was given, which is this.
     */

    /** Takes over one reference. */
    TrackedBuf(ByteBuf buffer) {
        super(buffer);
    }

    /** Whether nobody else holds the buffer: its count is 1, and tells, which that of one that is made never to be released does not. */
    static boolean isSoleReference(ByteBuf buffer) {
        if (buffer.refCnt() != 1) {
            return false;
        }
        for (ByteBuf at = buffer; at != null; at = at.unwrap()) {
            if (at instanceof WrappedByteBuf && !(at instanceof TrackedBuf)) {
                return false;
            }
        }
        return true;
    }

    /** A buffer of the same class for a view that shares the count. */
    abstract ByteBuf sharing(ByteBuf view);

    /** Nobody holds the buffer any more. */
    abstract void lastReleased();

    private boolean released(boolean isLast) {
        if (isLast) {
            lastReleased();
        }
        return isLast;
    }

    @Override
    public boolean release() {
        return released(buf.release());
    }

    @Override
    public boolean release(int decrement) {
        return released(buf.release(decrement));
    }

    @Override
    public ByteBuf slice() {
        return sharing(buf.slice());
    }

    @Override
    public ByteBuf slice(int index, int length) {
        return sharing(buf.slice(index, length));
    }

    @Override
    public ByteBuf retainedSlice() {
        return slice().retain();
    }

    @Override
    public ByteBuf retainedSlice(int index, int length) {
        return slice(index, length).retain();
    }

    @Override
    public ByteBuf readSlice(int length) {
        return sharing(buf.readSlice(length));
    }

    @Override
    public ByteBuf readRetainedSlice(int length) {
        return readSlice(length).retain();
    }

    @Override
    public ByteBuf duplicate() {
        return sharing(buf.duplicate());
    }

    @Override
    public ByteBuf retainedDuplicate() {
        return duplicate().retain();
    }

    @Override
    public ByteBuf asReadOnly() {
        return sharing(buf.asReadOnly());
    }

    @Override
    @Deprecated
    public ByteBuf order(ByteOrder endianness) {
        return order() == endianness ? this : sharing(buf.order(endianness));
    }
}
