package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;

/** Makes and destroys items, and knows of each who has it and that it was destroyed at most once. */
final class LedgeredItems {
    /** An item that tells when two have it at once. */
    static final class Item {
        private final int id;
        private final AtomicInteger destroyed = new AtomicInteger();
        private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();
        int content; // plain: whoever got the item must see what its last user wrote

        Item(int id) {
            this.id = id;
        }

        /** The caller got it from the pool: nobody else may have it, and it must be alive. */
        Item taken() {
            if (!holder.compareAndSet(null, Thread.currentThread())) {
                throw new AssertionError(this + " was handed out twice: " + holder.get());
            }
            if (destroyed.get() != 0) {
                throw new AssertionError(this + " was handed out after it was destroyed");
            }
            content++;
            return this;
        }

        /** The caller is about to give it back. */
        Item given() {
            content--;
            if (content != 0) {
                throw new AssertionError(this + " was written by two at once: content=" + content);
            }
            if (!holder.compareAndSet(Thread.currentThread(), null)) {
                throw new AssertionError(this + " is held by " + holder.get());
            }
            return this;
        }

        boolean isDestroyed() {
            return destroyed.get() > 0;
        }

        @Override
        public String toString() {
            return "item-" + id;
        }
    }

    private final AtomicInteger made = new AtomicInteger();
    private final Queue<Item> all = new ConcurrentLinkedQueue<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();

    Item make() {
        Item item = new Item(made.incrementAndGet());
        all.add(item);
        return item;
    }

    void destroy(Item item) {
        if (item.holder.get() != null) {
            errors.add(item + " was destroyed while handed out to " + item.holder.get());
        }
        if (item.destroyed.incrementAndGet() != 1) {
            errors.add(item + " was destroyed twice");
        }
    }

    int made() {
        return made.get();
    }

    long destroyed() {
        return all.stream().filter(Item::isDestroyed).count();
    }

    /** A pool of these items whose cycles turn by hand and whose destructor runs on the caller. */
    PoolBuilder<Item> pool() {
        return Pool.builder(this::make).destructor(this::destroy).cyclesByHand();
    }

    /** At a quiet point: the pool's ledger balances, and agrees with what was made and destroyed in fact. */
    void check(Pool<Item> pool) {
        checkLedger(pool.stats());
        assertThat(errors).isEmpty();
        assertThat(pool.stats().created()).as("created: %s", pool).isEqualTo(made());
        assertThat(pool.stats().destroyed()).as("destroyed: %s", pool).isEqualTo(destroyed());
    }

    /** At a quiet point: nothing is missing from a pool's ledger, and no part of it is negative. */
    static void checkLedger(PoolStats stats) {
        SoftAssertions soft = new SoftAssertions();
        soft.assertThat(stats.handedOut() + stats.idle() + stats.victim() + stats.destroyed() + stats.leaked())
                .as("ledger: %s", stats)
                .isEqualTo(stats.created());
        soft.assertThat(stats.handedOut()).as("handed out: %s", stats).isNotNegative();
        soft.assertThat(stats.idle()).as("idle: %s", stats).isNotNegative();
        soft.assertThat(stats.victim()).as("victim: %s", stats).isNotNegative();
        soft.assertThat(stats.privateGets()
                        + stats.sharedGets()
                        + stats.stolenGets()
                        + stats.victimGets()
                        + stats.createdGets())
                .as("gets by source: %s", stats)
                .isEqualTo(stats.gets());
        soft.assertAll();
    }

    /** Closes the pool, of which nothing is handed out, and checks that each item was destroyed exactly once. */
    void closeAndCheck(Pool<Item> pool) {
        pool.close();
        assertThat(pool.termination().toCompletableFuture()).as("%s", pool).isCompleted();
        check(pool);
        assertThat(destroyed() + pool.stats().leaked()).as("destroyed on close").isEqualTo(made());
    }
}
