package io.forebay.netty;

import static java.lang.invoke.MethodHandles.arrayElementVarHandle;

import io.forebay.pool.Pool;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A pool for each size class, made when it is first asked for. Any thread may ask. */
final class ClassPools {
    private static final VarHandle POOL = arrayElementVarHandle(Pool[].class);

    private final ForebayAllocator allocator;
    private final IntFunction<Pool<PooledBuf>> maker;
    private final @Nullable Pool<PooledBuf>[] pools = newPools(SizeClasses.COUNT); // stored with release under the lock
    private boolean closed; // under the lock of this

    /** None yet; {@code maker} makes the pool of a class, under the lock. */
    ClassPools(ForebayAllocator allocator, IntFunction<Pool<PooledBuf>> maker) {
        this.allocator = allocator;
        this.maker = maker;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static @Nullable Pool<PooledBuf>[] newPools(int length) {
        return new Pool[length];
    }

    /**
     * The pool of the class.
     *
     * @throws IllegalStateException if there is none and the allocator is closed
     */
    Pool<PooledBuf> of(int sizeClass) {
        Pool<PooledBuf> pool = existing(sizeClass);
        return pool != null ? pool : make(sizeClass);
    }

    private synchronized Pool<PooledBuf> make(int sizeClass) {
        Pool<PooledBuf> pool = pools[sizeClass];
        if (pool != null) {
            return pool;
        }
        if (closed) {
            throw allocator.closedException();
        }
        pool = maker.apply(sizeClass);
        POOL.setRelease(pools, sizeClass, pool);
        return pool;
    }

    /** Null as long as the class was not used. */
    @SuppressWarnings("unchecked") // the array's element type
    @Nullable
    Pool<PooledBuf> existing(int sizeClass) {
        return (Pool<PooledBuf>) POOL.getAcquire(pools, sizeClass);
    }

    /** Those of the classes that were used, the smallest first. */
    List<Pool<PooledBuf>> all() {
        List<Pool<PooledBuf>> all = new ArrayList<>(pools.length);
        for (int c = 0; c < pools.length; c++) {
            Pool<PooledBuf> pool = existing(c);
            if (pool != null) {
                all.add(pool);
            }
        }
        return all;
    }

    /** From here on no pool is made; those there are stay open, for the caller to close. */
    synchronized void close() {
        closed = true;
    }
}
