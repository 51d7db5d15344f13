package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of one kind of memory, by size class and by event loop. */
final class Breakdown {
    private final BufferPools pools;
    private final Loops loops;
    private final boolean isDirect;

    Breakdown(BufferPools pools, Loops loops, boolean isDirect) {
        this.pools = pools;
        this.loops = loops;
        this.isDirect = isDirect;
    }

    /** The classes that were used, smallest first, and then what is unpooled, if anything was. */
    List<ClassStats> classes() {
        pools.countLeaks();
        @Nullable StatsSum[] sums = new StatsSum[SizeClasses.COUNT];
        for (int c = 0; c < sums.length; c++) {
            Pool<PooledBuf> pool = pools.existing(c);
            if (pool != null) {
                sums[c] = new StatsSum();
                sums[c].add(pool.stats(), SizeClasses.bytes(c));
            }
        }
        StatsSum unpooled = new StatsSum();
        pools.addUnpooledTo(unpooled);
        loops.forEach(loop -> loop.returns(isDirect).forEach(buf -> addReturned(sums, unpooled, buf)));
        pools.forEachQuarantined(buf -> addReturned(sums, unpooled, buf));
        List<ClassStats> classes = new ArrayList<>();
        for (int c = 0; c < sums.length; c++) {
            StatsSum sum = sums[c];
            if (sum != null) {
                classes.add(sum.toClassStats(SizeClasses.bytes(c)));
            }
        }
        ClassStats stats = unpooled.toClassStats(ClassStats.UNPOOLED);
        if (stats.created() != 0) {
            classes.add(stats);
        }
        return List.copyOf(classes);
    }

    private static void addReturned(@Nullable StatsSum[] sums, StatsSum unpooled, PooledBuf buf) {
        int sizeClass =
                buf.sizeClass(); // plain: it may have left by now, and then the sums are off by what is in flight
        StatsSum sum = sizeClass < 0 ? unpooled : sums[sizeClass];
        if (sum != null) {
            sum.addReturned(1, sizeClass < 0 ? buf.memoryBytes() : SizeClasses.bytes(sizeClass));
        }
    }

    /** The event loops that use the allocator. */
    List<LoopStats> loops() {
        List<LoopStats> stats = new ArrayList<>();
        loops.forEach(loop -> stats.add(stats(loop)));
        return List.copyOf(stats);
    }

    private LoopStats stats(Loop loop) {
        long idle = 0;
        long idleBytes = 0;
        @Nullable Slot<PooledBuf>[] slots = loop.slots(isDirect);
        for (int c = 0; c < slots.length; c++) {
            // Plain, as the loop writes it: a slot that is seen has its final fields, and one that is not is new.
            Slot<PooledBuf> slot = slots[c];
            if (slot != null) {
                long items = slot.idle();
                idle += items;
                idleBytes += items * SizeClasses.bytes(c);
            }
        }
        Returns.Sums returning = loop.returns(isDirect).count();
        return new LoopStats(loop.threadName(), idle, idleBytes, returning.buffers(), returning.bytes());
    }
}
