package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What makes a lease of bytes that are charged already: the one place that knows how a charge follows its memory.
 *
 * @param scope where the leases belong, if anywhere
 */
record LeaseSource(
        ByteBufAllocator allocator,
        MemoryBudget budget,
        int bytes,
        @Nullable LeaseScope scope) {
    boolean isUsable() {
        return scope == null || !scope.isEnded();
    }

    void requireUsable() {
        if (!isUsable()) {
            throw new IllegalStateException("the scope has ended (its publisher subscribed to outside?)");
        }
    }

    /** Takes over the charge of {@link #bytes}, also if this throws. */
    Lease take() {
        ByteBuf memory = null;
        try {
            memory = allocator.buffer(bytes, bytes);
        } finally {
            if (memory == null) {
                budget.release(bytes);
            }
        }
        return Lease.create(new ChargedBuf(memory, budget, bytes), bytes, scope);
    }
}
