package io.forebay.netty;

import io.forebay.pool.Pool;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The classes of large buffers of one kind of memory, which make room for one another. */
final class LargeClasses {
    /*
     * A class keeps what its largest burst of about two cycles took. Where bursts take other sizes each time, that adds up to
     * a multiple of what any of them needs. So before memory is taken for a large buffer, idle large buffers of other classes
     * are let go of, as many bytes of them or a little more: what is held stays as it was, and moves to where it is wanted.
     *
     * Below a bound all may keep what they have: a loop that takes a few sizes by turns is to find them all.
     *
     * While there are buffers to spare, what is missing is the odd one, which the next burst may not want: if the class is
     * much too large for it, it gets memory of its own size and keeps it for one life. Once nothing is left to spare, all
     * that is made is made for its class, so who goes on asking for a size soon finds it.
     */
    static final int FIRST = SizeClasses.classOf(64 << 10);

    /** All large classes' worth up to 2 MiB, one buffer each, is 12 MiB. */
    static final int KEPT_BYTES_PER_LOOP = 16 << 20;

    /** What is spared must be worth a buffer that cannot be used again: at least this part of the class. */
    private static final int WORTH_SHIFT = 4;

    private static final int PAGE_BYTES = 4 << 10;

    private final IntFunction<@Nullable Pool<PooledBuf>> pools;
    private final IntSupplier loops;
    private final AtomicLong bytes = new AtomicLong(); // of all large buffers, in use or idle

    /**
     * No buffers yet.
     *
     * @param pools by size class, null where there is none
     * @param loops how many event loops there are
     */
    LargeClasses(IntFunction<@Nullable Pool<PooledBuf>> pools, IntSupplier loops) {
        this.pools = pools;
        this.loops = loops;
    }

    static boolean isLarge(int sizeClass) {
        return sizeClass >= FIRST;
    }

    /** A buffer with that much memory was made, a large one or not. */
    void made(int memoryBytes) {
        if (isOfLarge(memoryBytes)) {
            bytes.addAndGet(memoryBytes);
        }
    }

    /** A buffer with that much memory is gone, a large one or not. */
    void gone(int memoryBytes) {
        if (isOfLarge(memoryBytes)) {
            bytes.addAndGet(-memoryBytes);
        }
    }

    private static boolean isOfLarge(int memoryBytes) {
        return memoryBytes > SizeClasses.bytes(FIRST - 1) && memoryBytes <= SizeClasses.MAX_POOLED_BYTES;
    }

    /**
     * The class has nothing idle: lets go of what others have, on the calling thread, up to as many bytes as a buffer of the
     * class takes. Returns whether there was any.
     */
    boolean makeRoom(int sizeClass) {
        int wanted = SizeClasses.bytes(sizeClass);
        if (bytes.get() + wanted <= (long) KEPT_BYTES_PER_LOOP * Math.max(1, loops.getAsInt())) {
            return false;
        }
        for (int c = sizeClass + 1; c < SizeClasses.COUNT; c++) {
            if (destroyOne(c)) {
                return true;
            }
        }
        int freed = 0;
        for (int c = sizeClass - 1; c >= FIRST; c--) {
            while (freed < wanted && destroyOne(c)) {
                freed += SizeClasses.bytes(c);
            }
        }
        return freed > 0;
    }

    private boolean destroyOne(int sizeClass) {
        Pool<PooledBuf> pool = pools.apply(sizeClass);
        return pool != null && pool.destroyOne();
    }

    /** How much memory a buffer gets that is not to stay: that of its class, or less where it is worth it. */
    static int bytesForOneLife(int capacity) {
        int classBytes = SizeClasses.memoryBytes(capacity);
        int ownBytes = (capacity + PAGE_BYTES - 1) & -PAGE_BYTES;
        return classBytes - ownBytes >= classBytes >> WORTH_SHIFT ? ownBytes : classBytes;
    }
}
