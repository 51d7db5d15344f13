package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A buffer whose bytes are charged to a budget until its last reference is released. The charge is for maxCapacity, so that
 * the buffer cannot outgrow it.
 */
final class ChargedBuf extends TrackedBuf {
    private final MemoryBudget budget;
    private final int chargedBytes;

    /** Takes over the buffer's one reference and the charge. */
    ChargedBuf(ByteBuf buffer, MemoryBudget budget, int chargedBytes) {
        super(buffer);
        this.budget = budget;
        this.chargedBytes = chargedBytes;
    }

    /** The buffer, or what it is of this kind in other wraps; null if there is none. */
    static @Nullable ChargedBuf within(ByteBuf buffer) {
        ByteBuf at = buffer;
        while (at instanceof TrackedBuf && !(at instanceof ChargedBuf)) {
            at = at.unwrap();
        }
        return at instanceof ChargedBuf charged ? charged : null;
    }

    boolean isChargedTo(MemoryBudget budget) {
        return this.budget.equals(budget);
    }

    int chargedBytes() {
        return chargedBytes;
    }

    /** What all views have in common. */
    ByteBuf memory() {
        ByteBuf memory = buf;
        for (ByteBuf below = buf.unwrap(); below != null; below = below.unwrap()) {
            memory = below;
        }
        return memory;
    }

    @Override
    ByteBuf sharing(ByteBuf view) {
        return new ChargedBuf(view, budget, chargedBytes);
    }

    @Override
    void lastReleased() {
        budget.release(chargedBytes);
    }
}
