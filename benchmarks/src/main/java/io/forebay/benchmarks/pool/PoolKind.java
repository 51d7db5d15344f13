package io.forebay.benchmarks.pool;

import io.forebay.pool.Pool;

/** The contestants: Forebay's pool by each of its ways in, and the pools and queues that Java programs use instead. */
public enum PoolKind {
    /** Through the slot that the worker attached: how Forebay's allocator uses it. */
    FOREBAY_OWNED {
        @Override
        PoolUnderTest create(int workers) {
            return new ForebayPool(ForebayPool.Way.SLOT);
        }
    },
    /** Through {@link Pool#get} and {@link Pool#put}, on a thread that attached itself. */
    FOREBAY_POOL {
        @Override
        PoolUnderTest create(int workers) {
            return new ForebayPool(ForebayPool.Way.ATTACHED);
        }
    },
    /** Through {@link Pool#get} and {@link Pool#put}, on a thread that did not. */
    FOREBAY_STRIPED {
        @Override
        PoolUnderTest create(int workers) {
            return new ForebayPool(ForebayPool.Way.STRIPED);
        }
    },
    /** Netty's, with its defaults: 4096 items a thread, and only one in eight of those made is ever pooled. */
    RECYCLER {
        @Override
        PoolUnderTest create(int workers) {
            return new SharedAccess(new RecyclerPool());
        }
    },
    /** A bounded queue; what finds no room is dropped. */
    JCTOOLS_MPMC {
        @Override
        PoolUnderTest create(int workers) {
            return new SharedAccess(new QueuePool());
        }
    },
    /** The JDK's, used as a stack. */
    CONCURRENT_LINKED_DEQUE {
        @Override
        PoolUnderTest create(int workers) {
            return new SharedAccess(new DequePool());
        }
    },
    /** HikariCP's {@code ConcurrentBag}, without the rest of that connection pool. */
    HIKARI_BAG {
        @Override
        PoolUnderTest create(int workers) {
            return new BagPool();
        }
    },
    /** Bounded by nature: sized so that no worker must wait for another; items are made on the calling thread. */
    STORMPOT {
        @Override
        PoolUnderTest create(int workers) {
            return new StormpotPool(workers);
        }
    },
    /** Without bounds, else with its defaults. */
    COMMONS_POOL2 {
        @Override
        PoolUnderTest create(int workers) {
            return new CommonsPool();
        }
    };

    /** A new pool that no one else uses. */
    abstract PoolUnderTest create(int workers);
}
