package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** What makes leases of bytes that are charged already: the one place that knows how a charge follows its memory. */
record LeaseSource(ByteBufAllocator allocator, MemoryBudget budget) {
    /**
     * Takes over the charge of so many bytes, also if this throws.
     *
     * @param scope where the lease belongs, if anywhere
     */
    Lease take(int bytes, @Nullable LeaseScope scope) {
        return Lease.create(buffer(bytes), bytes, scope);
    }

    /** The same, and the caller {@linkplain Lease#keep keeps} it from the start. */
    Lease takeKept(int bytes, @Nullable LeaseScope scope) {
        return Lease.createKept(buffer(bytes), bytes, scope);
    }

    private ByteBuf buffer(int bytes) {
        ByteBuf memory = null;
        try {
            memory = allocator.buffer(bytes, bytes);
        } finally {
            if (memory == null) {
                budget.release(bytes);
            }
        }
        return new ChargedBuf(memory, budget, bytes);
    }
}
