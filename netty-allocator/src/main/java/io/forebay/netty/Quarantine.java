package io.forebay.netty;

import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Debug mode of one kind of memory: finds out who still uses what was released. */
final class Quarantine {
    /*
     * A buffer lives once: when its last reference is gone, its memory passes to an heir, a buffer that nobody has seen,
     * and the dead one refuses everything for good, whoever has the memory by then. That is the generation stamp: the
     * object itself. It remembers where it was released, to say so.
     *
     * What reaches the memory past the buffer, an NIO view, an array or an address, is found by what it does: the memory
     * is filled with poison, lies here for a while, and must still be all poison when it is next handed out, or let go.
     *
     * Heirs are idle in the ledger, though their pools count them as out until they leave.
     */
    static final byte POISON = (byte) 0xDB; // negative as an integer of any width, malformed as UTF-8

    private static final int MAX_BYTES =
            4 << 20; // one of the largest pooled class; idle memory is what a limit is short of
    private static final int MAX_BUFFERS = 512; // each holds a stack trace, which is more than a small buffer

    private final LeakWatch leaks;

    // Under the lock of this.
    private final ArrayDeque<PooledBuf> kept = newDeque();
    private long keptBytes;
    private boolean closed;

    Quarantine(LeakWatch leaks) {
        this.leaks = leaks;
    }

    /** As large as it gets: growing, with no room on the heap, it would lose what it holds. */
    private static ArrayDeque<PooledBuf> newDeque() {
        return new ArrayDeque<>(MAX_BUFFERS + 1);
    }

    /**
     * Ends a buffer whose last reference is gone.
     *
     * @return the first of those whose time here is over, for the caller to give back; {@link #pollOver} has the others
     * @throws OutOfMemoryError if the heap has no room for the heir and what belongs to it; nothing has changed then
     */
    @Nullable
    PooledBuf bury(PooledBuf dead) {
        ReleasedHere released = ReleasedHere.byRelease();
        PooledBuf heir = dead.newHeir();
        LeakWatch.Reference watch = watch(dead);
        try {
            watchHeir(heir);
            leaks.forget(watch); // there is one of the two to lose
        } finally {
            Reference.reachabilityFence(dead); // until here, or it might be found lost beside its heir
        }
        watch.revealSlotTo(heir); // the dead one's stays hidden: whoever has begun to release it meets its count
        watch.released = released;
        return keep(heir, released);
    }

    private void watchHeir(PooledBuf heir) {
        try {
            leaks.watch(heir);
        } catch (OutOfMemoryError noRoom) {
            leaks.forget(heir.watch());
            throw noRoom;
        }
    }

    /** Likewise for the memory that a buffer grew out of, in a buffer that nobody has seen. */
    @Nullable
    PooledBuf keepOutgrown(PooledBuf buf) {
        return keep(buf, ReleasedHere.byGrowth());
    }

    private @Nullable PooledBuf keep(PooledBuf buf, ReleasedHere released) {
        watch(buf).released = released;
        buf.fillMemory(POISON);
        synchronized (this) {
            kept.addLast(buf);
            keptBytes += buf.memoryBytes();
            return pollOver();
        }
    }

    /** The next whose time is over, for the caller to give back; null if there is none. */
    synchronized @Nullable PooledBuf pollOver() {
        return closed || keptBytes > MAX_BYTES || kept.size() > MAX_BUFFERS ? poll() : null;
    }

    /** The next, whether its time is over or not. */
    synchronized @Nullable PooledBuf poll() {
        PooledBuf oldest = kept.pollFirst();
        if (oldest != null) {
            keptBytes -= oldest.memoryBytes();
        }
        return oldest;
    }

    /** From here on nothing is kept; what was is for the caller to {@link #poll}. */
    synchronized void close() {
        closed = true;
    }

    synchronized void forEach(Consumer<PooledBuf> action) {
        kept.forEach(action);
    }

    /**
     * Looks for writes since the release. Called by whoever takes the buffer, for another life or to let its memory go.
     *
     * @return whether it had been released before, so is full of poison now
     */
    boolean inspect(PooledBuf buf) {
        LeakWatch.Reference watch = watch(buf);
        ReleasedHere released = watch.released;
        if (released == null) {
            return false; // its first life
        }
        watch.released = null;
        int at = buf.firstByteUnlike(POISON);
        if (at >= 0) {
            report(buf, at, released);
        }
        return true;
    }

    /** Whoever wrote is not here to be thrown at. */
    private static void report(PooledBuf buf, int at, ReleasedHere released) {
        String misuse = "was written to (byte " + at + " is " + buf.byteInHex(at)
                + ", by an NIO view, array or address got before that, as the buffer itself refuses)";
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, released.misuse(buf.inWords(), misuse));
    }

    private static LeakWatch.Reference watch(PooledBuf buf) {
        return Objects.requireNonNull(buf.watch(), "watch");
    }
}
