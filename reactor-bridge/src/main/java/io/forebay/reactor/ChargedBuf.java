package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.WrappedByteBuf;
import java.nio.ByteOrder;

/** A buffer whose bytes are charged to a budget until its last reference is released, by whom and through what view ever. */
final class ChargedBuf extends WrappedByteBuf {
    /*
     * The idea: release() returns true for exactly one call of all those that share a reference count, and that one gives
     * the charge back. So every view that shares the count has to be of this class: slices, duplicates, read-only views
     * and byte orders are wrapped again. Retained views are made of plain ones, because Netty's pooled ones have a count
     * of their own, and their last release would reach the memory past this class.
     *
     * unwrap() leads past this class, too. Netty uses it to read (composite buffers, transports, memory addresses), and
     * releases what it was given, which is this.
     *
     * The charge is for maxCapacity, so that the buffer cannot outgrow it.
     */
    private final MemoryBudget budget;
    private final int chargedBytes;

    /** Takes over the buffer's one reference and the charge. */
    ChargedBuf(ByteBuf buffer, MemoryBudget budget, int chargedBytes) {
        super(buffer);
        this.budget = budget;
        this.chargedBytes = chargedBytes;
    }

    boolean isChargedTo(MemoryBudget budget) {
        return this.budget.equals(budget);
    }

    int chargedBytes() {
        return chargedBytes;
    }

    /** What all views have in common. */
    ByteBuf memory() {
        ByteBuf memory = buf;
        for (ByteBuf below = buf.unwrap(); below != null; below = below.unwrap()) {
            memory = below;
        }
        return memory;
    }

    private ByteBuf sharing(ByteBuf view) {
        return new ChargedBuf(view, budget, chargedBytes);
    }

    private boolean released(boolean isLast) {
        if (isLast) {
            budget.release(chargedBytes);
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
