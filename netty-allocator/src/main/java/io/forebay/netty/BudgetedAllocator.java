package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A view of an allocator whose buffers are charged to a budget as long as they are in use. */
final class BudgetedAllocator extends AllocatorBase {
    private final ForebayAllocator allocator;
    private final MemoryBudget budget;
    private final Aftercare aftercare;

    BudgetedAllocator(ForebayAllocator allocator, MemoryBudget budget, boolean zeroOnRelease) {
        super(allocator);
        this.allocator = allocator;
        this.budget = budget;
        aftercare = new Aftercare(this, new MemoryLimit(budget, this::countLeaksAndTry, "in use"), zeroOnRelease);
    }

    /** At the limit: the charges of buffers that were lost since are given back. */
    private <R> @Nullable R countLeaksAndTry(Supplier<? extends @Nullable R> attempt) {
        allocator.direct.countLeaks();
        allocator.heap.countLeaks();
        return attempt.get();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(aftercare.handOut(allocator.heap, initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(aftercare.handOut(allocator.direct, initialCapacity, maxCapacity));
    }

    /** That of the allocator viewed: all its buffers, whatever view they came from. */
    @Override
    public ForebayMetric metric() {
        return allocator.metric();
    }

    @Override
    public String toString() {
        return "BudgetedAllocator(" + budget + ", of allocator " + allocator.name() + ')';
    }
}
