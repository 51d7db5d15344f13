package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;

/**
 * A slot without an owner. A buffer whose life Netty's leak detector watches, or an {@link Aftercare} attends to, is said
 * to be taken from here, so that its last release leaves the fast path, on any thread, and the end of that life is noted;
 * no other release has to ask.
 */
final class Nowhere {
    static final Slot<PooledBuf> SLOT = newSlot();

    private Nowhere() {}

    private static Slot<PooledBuf> newSlot() {
        Pool<PooledBuf> pool =
                Pool.<PooledBuf>builder().name("nowhere").cyclesByHand().build();
        Slot<PooledBuf> slot = pool.attach(Runnable::run);
        slot.detach();
        return slot;
    }
}
