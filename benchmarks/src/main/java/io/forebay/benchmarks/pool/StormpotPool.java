package io.forebay.benchmarks.pool;

import java.util.concurrent.TimeUnit;
import stormpot.Allocator;
import stormpot.Pool;
import stormpot.Slot;
import stormpot.Timeout;

/** Stormpot, allocating inline as all the others do. */
final class StormpotPool implements PoolUnderTest, PoolAccess {
    private static final int ITEMS_PER_WORKER = 128; // the questions have at most 100 out
    private static final Timeout NO_TIME = new Timeout(1, TimeUnit.NANOSECONDS);
    private static final int ATTEMPTS =
            1000; // a few do, unless another worker lost its processor in the middle of a claim
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Pool<PoolItem> pool;

    private static final class Items implements Allocator<PoolItem> {
        @Override
        public PoolItem allocate(Slot slot) {
            return new PoolItem(/* handle= */ null, slot);
        }

        @Override
        public void deallocate(PoolItem item) {}
    }

    StormpotPool(int workers) {
        pool = Pool.fromInline(new Items()).setSize(ITEMS_PER_WORKER * workers).build();
    }

    @Override
    public PoolAccess enter() {
        return this;
    }

    /**
     * Without waiting, as there is always something to claim. An item that its thread claims again at once is still in the
     * queue, and who meets it there moves it to a pile. With an empty queue a claim waits, up to 100 ms, before it puts the pile
     * back into the queue; so it is given no time, and claims once more. Not {@code tryClaim}: in 3.2 that never ends when it
     * meets such an item.
     */
    @Override
    public PoolItem get() {
        try {
            for (int i = 0; i < ATTEMPTS; i++) {
                PoolItem item = pool.claim(NO_TIME);
                if (item != null) {
                    return item;
                }
            }
            return claimPatiently();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // restored, for JMH ends its workers so
            throw new IllegalStateException("interrupted", e);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields: the other worker may need this one's processor
    private PoolItem claimPatiently() throws InterruptedException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < PATIENCE_NANOS) {
            PoolItem item = pool.claim(NO_TIME);
            if (item != null) {
                return item;
            }
            Thread.yield();
        }
        throw new IllegalStateException(
                "nothing to claim for " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " s");
    }

    @Override
    public void put(PoolItem item) {
        item.release();
    }

    @Override
    public void forget(PoolItem item) {
        item.expire();
        item.release();
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
