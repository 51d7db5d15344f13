package io.forebay.netty;

import io.forebay.pool.Slot;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Finds the buffers that were garbage-collected without a release. */
final class LeakWatch {
    /*
     * Each buffer gets one phantom reference when it is made, and is forgotten when it is destroyed; while it is handed
     * out or idle nothing is done for it. An idle buffer is reachable from its pool, so a reference that arrives here
     * belonged to a buffer that was out. Who removes it from the set counts it: exactly once.
     *
     * A pool's slot may keep a stale pointer to a buffer until the slot next ages, so a leak is seen a cycle late.
     */
    private final Set<Reference> watched;
    private final ReferenceQueue<PooledBuf> queue = new ReferenceQueue<>();

    LeakWatch() {
        this(ConcurrentHashMap.newKeySet());
    }

    /** Keeps those it watches in {@code watched}, which is empty and thread-safe. */
    LeakWatch(Set<Reference> watched) {
        this.watched = watched;
    }

    /** What is known of a buffer when it is gone itself. Growth keeps it up to date. */
    static final class Reference extends PhantomReference<PooledBuf> {
        // The buffer's holder writes; the finder reads after the collector saw the buffer unreachable, so after that.
        int sizeClass;
        int memoryBytes;

        final long madeNanos = System.nanoTime();

        boolean sampled; // Netty's leak detector watches this life

        /** Who attends to the end of this life. */
        @Nullable
        Aftercare aftercare;

        /** Debug mode: where its last life, or the last life of its memory, ended, if none has begun since. */
        @Nullable
        ReleasedHere released;

        // While it is sampled or attended to: where the buffer was taken from.
        private @Nullable Loop home;
        private @Nullable Slot<PooledBuf> slot;

        Reference(PooledBuf buf, ReferenceQueue<PooledBuf> queue) {
            super(buf, queue);
            sizeClass = buf.sizeClass();
            memoryBytes = buf.memoryBytes();
        }

        /** Has the buffer's last release leave the fast path: see {@link Nowhere}. */
        void hideSlotOf(PooledBuf buf) {
            home = buf.home();
            slot = buf.slot();
            buf.takenFrom(null, Nowhere.SLOT);
        }

        /** Returns whether it was hidden. */
        boolean revealSlotOf(PooledBuf buf) {
            if (!buf.isSlotHidden()) {
                return false;
            }
            revealSlotTo(buf);
            return true;
        }

        /** Where the buffer is at home whose slot is hidden. */
        @Nullable
        Loop hiddenHome() {
            return home;
        }

        @Nullable
        Slot<PooledBuf> hiddenSlot() {
            return slot;
        }

        /** Has a buffer be taken from where the one was whose slot is hidden. */
        void revealSlotTo(PooledBuf buf) {
            buf.takenFrom(home, slot);
            home = null;
            slot = null;
        }
    }

    void watch(PooledBuf buf) {
        Reference reference = new Reference(buf, queue);
        buf.watchedBy(reference);
        watched.add(reference);
    }

    /** The buffer is being destroyed. */
    void forget(@Nullable Reference reference) {
        if (reference != null) {
            watched.remove(reference);
        }
    }

    /** The next buffer found lost, null if there is none. Thread-safe: each is returned to one caller. */
    @Nullable
    Reference poll() {
        while (true) {
            Reference reference = (Reference) queue.poll();
            if (reference == null || watched.remove(reference)) {
                return reference;
            }
        }
    }
}
