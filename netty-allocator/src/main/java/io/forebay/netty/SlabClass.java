package io.forebay.netty;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The slabs of one size class. Only making and destroying buffers comes here, so a lock is good enough. */
final class SlabClass {
    /** Small enough to run empty and go back, large enough that a small class needs few. To be measured. */
    private static final int SLAB_BYTES = 64 << 10;

    private final int segmentBytes;
    private final int segments;
    private final MemoryLimit limit;
    private final NativeTrim trim;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Slab> open = new ArrayList<>(); // slabs with a free segment

    SlabClass(int segmentBytes, MemoryLimit limit, NativeTrim trim) {
        this.segmentBytes = segmentBytes;
        this.segments = segments(segmentBytes);
        this.limit = limit;
        this.trim = trim;
    }

    /** How many segments of that size a slab has, where no limit forbids it. */
    static int segments(int segmentBytes) {
        return Math.max(1, SLAB_BYTES / segmentBytes);
    }

    /** Where a segment lies. */
    record Segment(Slab slab, int offset) {}

    /**
     * Takes a segment, of the fullest slab that has one: so the emptier ones run empty and go back.
     *
     * @throws OutOfMemoryError if the limit is reached or the system has no memory left, also after what is idle was
     *     reclaimed; nothing has changed then
     */
    Segment take() {
        Segment segment = takeAtOnce();
        if (segment == null) {
            segment = limit.reclaimUntil(this::takeAtOnce);
        }
        if (segment == null) {
            throw limit.reached(segmentBytes);
        }
        return segment;
    }

    /** Of a slab that is there, else of a new one, however small; null if the limit allows none. */
    private @Nullable Segment takeAtOnce() {
        Segment segment = takeOpen();
        if (segment != null) {
            return segment;
        }
        if (limit.tryReserve((long) segments * segmentBytes)) {
            return takeOfNew(segments);
        }
        return segments > 1 && limit.tryReserve(segmentBytes) ? takeOfNew(1) : null;
    }

    private @Nullable Segment takeOpen() {
        lock.lock();
        try {
            Slab slab = fullestOpen();
            return slab == null ? null : takeOf(slab);
        } finally {
            lock.unlock();
        }
    }

    /** Of a new slab, which has been charged. */
    private Segment takeOfNew(int segments) {
        Slab slab = reserve(segments);
        lock.lock();
        try {
            open.add(slab);
            return takeOf(slab);
        } finally {
            lock.unlock();
        }
    }

    /** A failed allocation is one more reason to let go of what is idle. */
    private Slab reserve(int segments) {
        boolean done = false;
        try {
            Events.Span span = Recorder.EVENTS.slabReserve(segmentBytes, segments * segmentBytes);
            Slab slab = newSlab(segments);
            span.end();
            done = true;
            return slab;
        } finally {
            if (!done) {
                limit.release((long) segments * segmentBytes);
            }
        }
    }

    private Slab newSlab(int segments) {
        try {
            return new Slab(segmentBytes, segments);
        } catch (OutOfMemoryError systemHasNone) {
            limit.reclaim();
            return new Slab(segmentBytes, segments);
        }
    }

    /** Under the lock. */
    private Segment takeOf(Slab slab) {
        int offset = slab.take();
        if (slab.isExhausted()) {
            open.remove(slab);
        }
        return new Segment(slab, offset);
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
            limit.release(slab.bytes);
            trim.freed(slab.bytes);
            Recorder.EVENTS.slabFree(segmentBytes, slab.bytes);
        }
    }
}
