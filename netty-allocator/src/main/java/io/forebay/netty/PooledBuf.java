package io.forebay.netty;

import static java.lang.invoke.ConstantBootstraps.fieldVarHandle;
import static java.lang.invoke.MethodHandles.lookup;

import io.forebay.pool.Slot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A buffer that is pooled whole: its memory stays with it from life to life. */
abstract class PooledBuf extends SlicedBuf {
    /*
     * Who may touch the fields: whoever holds a reference, and after the last release whoever took the count to 0, then
     * the pool's holder; each hand-over is ordered by the count's CAS or by the pool. Growth changes memory, class and
     * slot under the hands of a holder, as Netty's buffers do: it is not safe beside other holders.
     */
    private static final VarHandle LINK =
            fieldVarHandle(lookup(), "link", VarHandle.class, PooledBuf.class, Object.class);

    private static final int MAX_DOUBLED_BYTES = 32 << 10; // above, the unused half would weigh more than the copy

    private final BufferPools pools;

    /** Bytes of memory, so the capacity that a write of a field can give. */
    private int memoryBytes;

    private int sizeClass;

    private LeakWatch.@Nullable Reference watch; // set once, when made

    /** A view of all the memory whose position and limit may be set, kept as long as the memory: I/O makes no garbage. */
    private @Nullable ByteBuffer ioView;

    /** Null, or what lies below it on the stack of its home. Changed as {@link ReturnStack} says. */
    @SuppressWarnings("unused") // through LINK
    private @Nullable Object link;

    /** On such a stack: how many buffers there are from this one down, and how many bytes. */
    private long returned;

    private long returnedBytes;

    PooledBuf(BufferPools pools, int sizeClass, int memoryBytes) {
        super(Integer.MAX_VALUE);
        this.pools = pools;
        this.sizeClass = sizeClass;
        this.memoryBytes = memoryBytes;
    }

    final BufferPools pools() {
        return pools;
    }

    final int sizeClass() {
        return sizeClass;
    }

    final int memoryBytes() {
        return memoryBytes;
    }

    final void watchedBy(LeakWatch.Reference watch) {
        this.watch = watch;
    }

    final LeakWatch.@Nullable Reference watch() {
        return watch;
    }

    /** For messages. */
    final String inWords() {
        return pools.inWords(memoryBytes);
    }

    boolean casLink(@Nullable Object expected, Object link) {
        return LINK.compareAndSet(this, expected, link);
    }

    void setLinkRelease(@Nullable Object link) {
        LINK.setRelease(this, link);
    }

    /** For a look at a stack that others may be taking apart: what lies below, or did. */
    @Nullable
    Object linkAcquire() {
        return LINK.getAcquire(this);
    }

    /** Before it is pushed: notes what it will lie on. */
    void linkTo(Object below) {
        boolean last = !(below instanceof PooledBuf);
        link = below;
        returned = 1 + (last ? 0 : ((PooledBuf) below).returned);
        returnedBytes = memoryBytes + (last ? 0 : ((PooledBuf) below).returnedBytes);
    }

    /** Off the stack, which the caller has taken whole: returns what lay below. */
    Object unlink() {
        Object below = Objects.requireNonNull(link, "link");
        setLinkRelease(null); // it may be pushed again from here
        return below;
    }

    long returned() {
        return returned;
    }

    long returnedBytes() {
        return returnedBytes;
    }

    /** Begins a life: count 1, indices and marks 0. */
    final PooledBuf handOut(int capacity, int maxCapacity) {
        setCapacity(capacity);
        maxCapacity(maxCapacity);
        resetIndices();
        resetCount();
        return this;
    }

    /** Netty's leak detector watches this life: nothing of ours may keep the buffer reachable should it be lost. */
    final void beWatched() {
        revealSlot();
        Slot<PooledBuf> slot = slot();
        if (slot != null) {
            slot.forget(this);
        } else {
            pools.forget(this);
        }
        LeakWatch.Reference watch = this.watch;
        if (watch != null) {
            watch.sampled = true;
            watch.hideSlotOf(this);
        }
    }

    /** Somebody attends to the end of this life, which has just begun. */
    final void beAttendedBy(Aftercare aftercare) {
        LeakWatch.Reference watch = Objects.requireNonNull(this.watch, "watch");
        watch.aftercare = aftercare;
        watch.hideSlotOf(this);
    }

    private @Nullable Aftercare aftercare() {
        LeakWatch.Reference watch = this.watch;
        return watch == null ? null : watch.aftercare;
    }

    /** Whether {@link #beWatched} or {@link #beAttendedBy} has the last release leave the fast path. */
    final boolean isSlotHidden() {
        return slot() == Nowhere.SLOT;
    }

    /** The counterpart of {@link #beWatched} and {@link #beAttendedBy}; returns whether there was either. */
    final boolean revealSlot() {
        LeakWatch.Reference watch = this.watch;
        return watch != null && watch.revealSlotOf(this);
    }

    /** Debug mode: where this buffer was released for good. */
    private @Nullable ReleasedHere releasedHere() {
        LeakWatch.Reference watch = this.watch;
        return watch == null ? null : watch.released;
    }

    @Override
    final int refCntOfReleased() {
        ReleasedHere released = releasedHere();
        if (released != null && NettyInternals.isAskedForAccess()) {
            throw released.misuse(inWords(), "was used");
        }
        return 0;
    }

    @Override
    final IllegalReferenceCountException refusal(int count, int change) {
        ReleasedHere released = releasedHere();
        return released == null
                ? super.refusal(count, change)
                : released.misuse(inWords(), change < 0 ? "was released again" : "was retained");
    }

    @Override
    final PooledBuf self() {
        return this;
    }

    @Override
    final boolean becomeIdleAtHome() {
        Slot<PooledBuf> slot = slot();
        if (slot == null || !slot.isOwner()) {
            return false;
        }
        endCount();
        becomeIdleIn(slot);
        return true;
    }

    /** At home, after it {@linkplain #arrive arrived} there. */
    final void becomeIdle() {
        becomeIdleIn(Objects.requireNonNull(slot(), "slot"));
    }

    @Override
    final void deallocate() {
        pools.giveBack(this);
    }

    @Override
    final void sendHome() {
        pools.homecoming().send(this);
    }

    /** A view of all the memory. */
    abstract ByteBuffer newIoView();

    /** Swaps memory with {@code other}, of the same kind. */
    abstract void swapMemory(PooledBuf other);

    /** Copies the first {@code bytes} bytes of {@code from}'s memory. */
    abstract void copyMemory(PooledBuf from, int bytes);

    /** Sets every byte of the memory. */
    abstract void fillMemory(byte value);

    /** Where the memory first holds another byte, -1 if nowhere. */
    final int firstByteUnlike(byte value) {
        long eight = (value & 0xFFL) * 0x0101_0101_0101_0101L;
        int at = 0;
        while (at <= memoryBytes - Long.BYTES && _getLong(at) == eight) {
            at += Long.BYTES;
        }
        while (at < memoryBytes && _getByte(at) == value) {
            at++;
        }
        return at == memoryBytes ? -1 : at;
    }

    /** For messages; anywhere in the memory. */
    final String byteInHex(int at) {
        return String.format("0x%02x", _getByte(at));
    }

    /** A buffer that nobody has seen, over the same memory, of which it is the only owner from then on. */
    abstract PooledBuf newHeir();

    /** Gives the memory to the system, or to its slab. */
    abstract void freeMemory();

    @Override
    public final ByteBuf capacity(int newCapacity) {
        checkNewCapacity(newCapacity);
        if (newCapacity > memoryBytes) {
            grow(newCapacity);
        }
        boolean shrinks = newCapacity < capacity();
        setCapacity(newCapacity);
        if (shrinks) {
            trimIndicesToCapacity(newCapacity);
        }
        return this;
    }

    /** Exchanges the memory for that of a larger buffer, which goes to the pool in this one's stead. */
    private void grow(int newCapacity) {
        Aftercare aftercare = aftercare();
        int roomyCapacity = roomFor(newCapacity);
        PooledBuf larger = aftercare == null
                ? takeLarger(newCapacity, roomyCapacity)
                : aftercare.takeLarger(pools, memoryBytes, newCapacity, roomyCapacity);
        exchangeMemory(larger);
        if (aftercare == null) {
            pools.giveBackUnused(larger); // which has the memory by now that was too small
        } else {
            pools.giveBackOutgrown(larger, aftercare);
        }
    }

    private PooledBuf takeLarger(int newCapacity, int roomyCapacity) {
        try {
            return pools.take(roomyCapacity);
        } catch (OutOfMemoryError noRoom) {
            if (roomyCapacity == newCapacity) {
                throw noRoom;
            }
            return pools.take(newCapacity);
        }
    }

    private void exchangeMemory(PooledBuf larger) {
        handOnNoMore();
        larger.copyMemory(this, capacity());
        boolean hidden = revealSlot();
        leaveSlot();
        larger.leaveSlot();
        swapMemory(larger);
        ByteBuffer itsView = larger.ioView;
        larger.ioView = ioView;
        ioView = itsView;
        int itsClass = larger.sizeClass;
        int itsBytes = larger.memoryBytes;
        Slot<PooledBuf> itsSlot = larger.slot();
        Loop itsHome = larger.home();
        larger.belongTo(sizeClass, memoryBytes);
        larger.takenFrom(home(), slot());
        belongTo(itsClass, itsBytes);
        takenFrom(itsHome, itsSlot);
        if (hidden) {
            Objects.requireNonNull(watch, "watch").hideSlotOf(this);
        }
    }

    /** What has grown grows again, mostly: with room for one more doubling every other one copies nothing. */
    private int roomFor(int newCapacity) {
        if (newCapacity > MAX_DOUBLED_BYTES) {
            return newCapacity;
        }
        // Where Netty was told to check no bounds, what is asked for may be above the maximum.
        int roomy = Math.max(newCapacity, Math.min(2 * newCapacity, maxCapacity()));
        return SizeClasses.memoryBytes(roomy) <= pools.availableBytes() ? roomy : newCapacity;
    }

    private void belongTo(int sizeClass, int memoryBytes) {
        this.sizeClass = sizeClass;
        this.memoryBytes = memoryBytes;
        if (watch != null) {
            watch.sizeClass = sizeClass;
            watch.memoryBytes = memoryBytes;
        }
    }

    @Override
    public final int maxFastWritableBytes() {
        return Math.min(memoryBytes, maxCapacity()) - writerIndex();
    }

    @Override
    public final ByteBufAllocator alloc() {
        Aftercare aftercare = aftercare();
        return aftercare == null ? pools.allocator() : aftercare.allocator();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has it
    public final ByteOrder order() {
        return ByteOrder.BIG_ENDIAN;
    }

    @Override
    @SuppressWarnings("NullAway") // ByteBuf documents null for a buffer that wraps none
    public final ByteBuf unwrap() {
        return null;
    }

    @Override
    public final boolean isContiguous() {
        return true;
    }

    @Override
    public final int nioBufferCount() {
        return 1;
    }

    @Override
    public final ByteBuffer[] nioBuffers(int index, int length) {
        return new ByteBuffer[] {nioBuffer(index, length)};
    }

    @Override
    public final ByteBuffer internalNioBuffer(int index, int length) {
        checkIndex(index, length);
        ByteBuffer view = ioView;
        if (view == null) {
            view = newIoView();
            ioView = view;
        }
        return view.limit(index + length).position(index);
    }

    @Override
    public final int getBytes(int index, GatheringByteChannel out, int length) throws IOException {
        return out.write(nioBuffer(index, length)); // a view of its own: gets may run side by side
    }

    @Override
    public final int getBytes(int index, FileChannel out, long position, int length) throws IOException {
        return out.write(nioBuffer(index, length), position);
    }

    @Override
    public final int readBytes(GatheringByteChannel out, int length) throws IOException {
        checkReadableBytes(length);
        int written = out.write(internalNioBuffer(readerIndex(), length));
        skipBytes(written);
        return written;
    }

    @Override
    public final int readBytes(FileChannel out, long position, int length) throws IOException {
        checkReadableBytes(length);
        int written = out.write(internalNioBuffer(readerIndex(), length), position);
        skipBytes(written);
        return written;
    }

    @Override
    public final int setBytes(int index, ScatteringByteChannel in, int length) throws IOException {
        try {
            return in.read(internalNioBuffer(index, length));
        } catch (ClosedChannelException closed) {
            return -1; // end of stream, as the contract has it
        }
    }

    @Override
    public final int setBytes(int index, FileChannel in, long position, int length) throws IOException {
        try {
            return in.read(internalNioBuffer(index, length), position);
        } catch (ClosedChannelException closed) {
            return -1; // end of stream, as the contract has it
        }
    }

    final void checkRange(int index, int length) {
        checkIndex(index, length);
    }
}
