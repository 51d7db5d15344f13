package io.forebay.netty;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The slabs of one size class. Only making and destroying buffers comes here, so a lock is good enough. */
final class SlabClass {
    /** Small enough to run empty and go back, large enough that a small class needs few. To be measured. */
    private static final int SLAB_BYTES = 64 << 10;

    private final int segmentBytes;
    private final int segments;
    private final AtomicLong reservedBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Slab> open = new ArrayList<>(); // slabs with a free segment

    SlabClass(int segmentBytes, AtomicLong reservedBytes) {
        this.segmentBytes = segmentBytes;
        this.segments = Math.max(1, SLAB_BYTES / segmentBytes);
        this.reservedBytes = reservedBytes;
    }

    /** Where a segment lies. */
    record Segment(Slab slab, int offset) {}

    /**
     * Takes a segment, of the fullest slab that has one: so the emptier ones run empty and go back.
     *
     * @throws OutOfMemoryError if the system has no memory left; nothing has changed then
     */
    Segment take() {
        lock.lock();
        try {
            Slab slab = fullestOpen();
            if (slab == null) {
                slab = new Slab(segmentBytes, segments);
                open.add(slab);
                reservedBytes.addAndGet(slab.bytes);
            }
            int offset = slab.take();
            if (slab.isExhausted()) {
                open.remove(slab);
            }
            return new Segment(slab, offset);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Slab fullestOpen() {
        Slab fullest = null;
        for (Slab slab : open) {
            if (fullest == null || slab.free() < fullest.free()) {
                fullest = slab;
            }
        }
        return fullest;
    }

    /** Gives a segment back; with the last one of its slab, the slab goes back to the system. */
    void giveBack(Slab slab, int offset) {
        boolean unused;
        lock.lock();
        try {
            if (slab.isExhausted()) {
                open.add(slab);
            }
            slab.giveBack(offset);
            unused = slab.isUnused();
            if (unused) {
                open.remove(slab);
            }
        } finally {
            lock.unlock();
        }
        if (unused) {
            slab.freeMemory();
            reservedBytes.addAndGet(-slab.bytes);
        }
    }
}
