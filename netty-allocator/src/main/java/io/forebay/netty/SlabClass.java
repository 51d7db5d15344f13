package io.forebay.netty;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The slabs of one size class. Only making and destroying buffers comes here, so a lock is good enough. */
final class SlabClass {
    /*
     * A heap without room must lose no segment and no charge: what a step needs of it is made before the step changes
     * anything. Tests have no such heap at hand; they see to the one array that can be asked for too large.
     *
     * A slab goes back only whole, so one buffer keeps all of it: the smaller, the less is kept. Making buffers takes as long
     * either way, as most of that is the zeroing of the memory. But each slab takes some 216 B of heap, 320 on JDK 25, and
     * 20 us to free there; and only of two pages or more is a freed piece sure to have a whole page in it, which can go back
     * to the system, wherever the C library put it. Measured in benchmarks/docs/memory.md.
     */
    private static final int SLAB_BYTES = 8 << 10;

    private final int segmentBytes;
    private final int segments;
    private final MemoryLimit limit;
    private final NativeTrim trim;
    private final ReentrantLock lock = new ReentrantLock();
    private final OpenSlabs open;

    SlabClass(int segmentBytes, MemoryLimit limit, NativeTrim trim) {
        this.segmentBytes = segmentBytes;
        this.segments = segments(segmentBytes);
        this.limit = limit;
        this.trim = trim;
        this.open = new OpenSlabs(segments);
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
        if (limit.attemptReserve((long) segments * segmentBytes)) {
            return takeOfNew(segments);
        }
        return segments > 1 && limit.attemptReserve(segmentBytes) ? takeOfNew(1) : null;
    }

    private @Nullable Segment takeOpen() {
        lock.lock();
        try {
            Slab slab = open.fullest();
            if (slab == null) {
                return null;
            }
            Segment segment = new Segment(slab, slab.next());
            open.remove(slab);
            takeNext(slab);
            return segment;
        } finally {
            lock.unlock();
        }
    }

    /** Of a new slab, which has been charged. */
    private Segment takeOfNew(int segments) {
        Segment segment = reserve(segments);
        lock.lock();
        try {
            takeNext(segment.slab());
        } finally {
            lock.unlock();
        }
        return segment;
    }

    /** The next segment of a new slab, which has been charged: the charge goes back if there is none. */
    private Segment reserve(int segments) {
        Slab slab = null;
        boolean done = false;
        try {
            Events.Span span = Recorder.EVENTS.slabReserve(segmentBytes, segments * segmentBytes);
            slab = newSlab(segments);
            span.end();
            Segment segment = new Segment(slab, slab.next());
            done = true;
            return segment;
        } finally {
            if (!done) {
                giveUp(slab, segments);
            }
        }
    }

    private void giveUp(@Nullable Slab slab, int segments) {
        if (slab != null) {
            slab.freeMemory();
        }
        limit.release((long) segments * segmentBytes);
    }

    /** A failed allocation is one more reason to let go of what is idle. */
    private Slab newSlab(int segments) {
        try {
            return new Slab(segmentBytes, segments);
        } catch (OutOfMemoryError systemHasNone) {
            limit.reclaim();
            return new Slab(segmentBytes, segments);
        }
    }

    /** Of one that is not among the open ones. Under the lock. */
    private void takeNext(Slab slab) {
        slab.take();
        if (!slab.isExhausted()) {
            open.add(slab);
        }
    }

    /** Gives a segment back; with the last one of its slab, the slab goes back to the system. */
    void giveBack(Slab slab, int offset) {
        boolean unused;
        lock.lock();
        try {
            if (!slab.isExhausted()) {
                open.remove(slab);
            }
            slab.giveBack(offset);
            unused = slab.isUnused();
            if (!unused) {
                open.add(slab);
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
