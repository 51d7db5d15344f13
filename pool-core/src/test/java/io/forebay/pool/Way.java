package io.forebay.pool;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** The ways into a pool. Each has to keep the same contract. */
enum Way {
    /** The slot that the thread attached, called directly. */
    OWNED_SLOT,
    /** Through the pool, from a thread that attached. */
    OWNED_THREAD,
    /** Through the pool, from a platform thread that did not attach. */
    STRIPED_THREAD,
    /** Through the pool, from a virtual thread. */
    VIRTUAL_THREAD;

    /** What a visitor does, on the thread of this way. */
    interface Visit<T> {
        void run(Access<T> access) throws Exception;
    }

    /** The pool as it is reached by this way. */
    static final class Access<T> {
        private final Pool<T> pool;
        private final @Nullable Slot<T> slot;

        Access(Pool<T> pool, @Nullable Slot<T> slot) {
            this.pool = pool;
            this.slot = slot;
        }

        T get() {
            return slot != null ? slot.get() : pool.get();
        }

        void put(T item) {
            if (slot != null) {
                slot.put(item);
            } else {
                pool.put(item);
            }
        }
    }

    /** Visits the pool in this way, on a thread of its own, and waits for the end; cycles may be turned in a visit. */
    <T> void visit(Pool<T> pool, Visit<T> visit) {
        try (Threads threads = new Threads()) {
            start(threads, pool, visit);
        }
    }

    /** Starts a visit on a thread of its own; a visitor that owns a slot ends by detaching. */
    <T> void start(Threads threads, Pool<T> pool, Visit<T> visit) {
        Threads.Body body = () -> visitHere(pool, visit);
        if (this == VIRTUAL_THREAD) {
            Assumptions.assumeTrue(VirtualThreads.supported(), "virtual threads came with Java 21");
            threads.startVirtual(body);
        } else {
            threads.start(body);
        }
    }

    private <T> void visitHere(Pool<T> pool, Visit<T> visit) throws Exception {
        if (this == STRIPED_THREAD || this == VIRTUAL_THREAD) {
            visit.run(new Access<>(pool, null));
            return;
        }
        Slot<T> slot = pool.attach(task -> {
            throw new AssertionError("a cycle turned on the owner's thread needs no executor");
        });
        visit.run(new Access<>(pool, this == OWNED_SLOT ? slot : null));
        slot.detach();
    }
}
