package io.forebay.netty;

import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What is done for the buffers of an allocator or a view beyond handing them out and taking them back: their memory is
 * charged to a budget, and wiped. One serves all buffers of its allocator or view, on any thread.
 */
final class Aftercare {
    /*
     * A buffer refers to its aftercare from handOut until its last release, and for that long it seems to have been taken
     * from Nowhere: its last release leaves the fast path, on any thread, and only there BufferPools asks for an
     * aftercare. The others never look. The reference lies in the buffer's leak watch, which outlives it, so the charge
     * of a buffer that was lost is given back when that is found.
     */
    private final ByteBufAllocator allocator;
    private final @Nullable MemoryLimit budget;
    private final boolean zeroOnRelease;

    /**
     * An aftercare.
     *
     * @param allocator what the buffers call their allocator
     * @param budget what their memory is charged to, if anything
     * @param zeroOnRelease whether their memory is zeroed when they have done with it
     */
    Aftercare(ByteBufAllocator allocator, @Nullable MemoryLimit budget, boolean zeroOnRelease) {
        this.allocator = allocator;
        this.budget = budget;
        this.zeroOnRelease = zeroOnRelease;
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /**
     * Takes a buffer and begins its life.
     *
     * @throws MemoryLimitError if the budget has no room for it; nothing has changed then
     */
    PooledBuf handOut(BufferPools pools, int capacity, int maxCapacity) {
        int bytes = SizeClasses.memoryBytes(capacity);
        charge(bytes);
        PooledBuf buf = takeCharged(pools, capacity, bytes);
        buf.handOut(capacity, maxCapacity);
        buf.beAttendedBy(this);
        return buf;
    }

    /**
     * Takes what a buffer of {@code memoryBytes} exchanges its memory with: for {@code roomyCapacity} if the budget and the
     * allocator's limit allow that, else for {@code newCapacity}.
     *
     * @throws MemoryLimitError if there is no room for either; nothing has changed then
     */
    PooledBuf takeLarger(BufferPools pools, int memoryBytes, int newCapacity, int roomyCapacity) {
        int moreBytes = SizeClasses.memoryBytes(roomyCapacity) - memoryBytes;
        if (budget == null || budget.attemptReserve(moreBytes)) {
            try {
                return takeCharged(pools, roomyCapacity, moreBytes);
            } catch (OutOfMemoryError noRoom) {
                if (roomyCapacity == newCapacity) {
                    throw noRoom;
                }
                // else there may be room for what was asked for
            }
        }
        moreBytes = SizeClasses.memoryBytes(newCapacity) - memoryBytes;
        charge(moreBytes);
        return takeCharged(pools, newCapacity, moreBytes);
    }

    private PooledBuf takeCharged(BufferPools pools, int capacity, int chargedBytes) {
        boolean done = false;
        try {
            PooledBuf buf = pools.take(capacity);
            if (pools.inspect(buf)) {
                wipe(buf); // the poison, that is
            }
            done = true;
            discharge(SizeClasses.memoryBytes(capacity) - buf.memoryBytes()); // what it got may be less, never more
            return buf;
        } finally {
            if (!done) {
                discharge(chargedBytes);
            }
        }
    }

    private void charge(int bytes) {
        if (budget != null) {
            budget.reserve(bytes);
        }
    }

    /** A buffer with that much memory was released for good, or lost, or got so much less than it was charged. */
    void discharge(int memoryBytes) {
        if (budget != null && memoryBytes != 0) {
            budget.release(memoryBytes);
        }
    }

    /** The memory is about to be given back, in this buffer, which is the caller's alone. */
    void wipe(PooledBuf buf) {
        if (zeroOnRelease) {
            buf.fillMemory((byte) 0);
        }
    }
}
