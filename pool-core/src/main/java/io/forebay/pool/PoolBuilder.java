package io.forebay.pool;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Options of a {@link Pool}. Not thread-safe; each {@link #build} makes a pool of its own.
 *
 * @param <T> the type of the pooled items
 */
public final class PoolBuilder<T> {
    /** Deep enough for the bursts of one loop turn, and for batches that make an atomic operation rare. */
    static final int DEFAULT_MAX_PRIVATE_ITEMS = 64;

    private final @Nullable Supplier<? extends T> factory;
    private static final int MIN_STRIPES = 16;

    private String name = "unnamed";
    private Consumer<? super T> destructor = item -> {};
    private FailureListener<? super T> failureListener = PoolBuilder::toUncaughtHandler;
    private int maxPrivateItems = DEFAULT_MAX_PRIVATE_ITEMS;
    private long maxPrivateBytes = Long.MAX_VALUE;
    private long maxIdleItems = Long.MAX_VALUE;
    private long maxIdleBytes = Long.MAX_VALUE;
    private long itemBytes;
    private @Nullable ToLongFunction<? super T> weigher;
    private int maxStripes = defaultMaxStripes();
    private @Nullable ReclaimClock clock;
    private boolean byHand;
    private @Nullable Executor destroyExecutor;
    private boolean chaotic;
    private long chaosSeed;
    private Consumer<? super T> poison = item -> {};

    PoolBuilder(@Nullable Supplier<? extends T> factory) {
        this.factory = factory;
    }

    private static int defaultMaxStripes() {
        return 8 * manyStripes();
    }

    /** How many there should be as soon as two threads meet, so that few do. */
    static int manyStripes() {
        // Two to four times the cores, and room for a few threads that lost their core in the middle of an operation.
        int cores = Runtime.getRuntime().availableProcessors();
        return Math.max(MIN_STRIPES, Integer.highestOneBit(cores * 4 - 1));
    }

    private static void toUncaughtHandler(Object item, Throwable failure) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
    }

    /** A name for messages. */
    public PoolBuilder<T> name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /** What lets an item go; gets each item that leaves the pool for good exactly once. The default does nothing. */
    public PoolBuilder<T> destructor(Consumer<? super T> destructor) {
        this.destructor = Objects.requireNonNull(destructor, "destructor");
        return this;
    }

    /** Told when the destructor throws; by default the uncaught-exception handler of the destroying thread is. */
    public PoolBuilder<T> onDestructorFailure(FailureListener<? super T> listener) {
        this.failureListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** How many items a slot keeps for its holder alone, out of reach of other slots. Default 64, which is the most. */
    public PoolBuilder<T> maxPrivateItems(int items) {
        if (items > PrivateStack.MAX_SIZE) {
            throw new IllegalArgumentException(
                    "maxPrivateItems must be at most " + PrivateStack.MAX_SIZE + ": maxPrivateItems=" + items);
        }
        this.maxPrivateItems = (int) positive("maxPrivateItems", items);
        return this;
    }

    /** The same in bytes; at least one item is kept whatever it weighs. Needs {@link #itemBytes}. */
    public PoolBuilder<T> maxPrivateBytes(long bytes) {
        this.maxPrivateBytes = positive("maxPrivateBytes", bytes);
        return this;
    }

    /**
     * How many idle items the pool keeps; what is put beyond goes to the destructor. Looked at when a private stack
     * overflows, so the pool may keep a private stack per slot above it. Unbounded by default.
     */
    public PoolBuilder<T> maxIdleItems(long items) {
        this.maxIdleItems = positive("maxIdleItems", items);
        return this;
    }

    /** The same in bytes. Needs {@link #itemBytes} or a {@link #weigher}; with a weigher it is looked at on every put. */
    public PoolBuilder<T> maxIdleBytes(long bytes) {
        this.maxIdleBytes = positive("maxIdleBytes", bytes);
        return this;
    }

    /** What each item weighs, where all weigh the same. */
    public PoolBuilder<T> itemBytes(long bytes) {
        this.itemBytes = positive("itemBytes", bytes);
        return this;
    }

    /**
     * Weighs items that differ. An item's weight must not change while it is idle. Such a pool keeps nothing in private
     * stacks, so its operations are slower; where all items weigh the same use {@link #itemBytes}. The weigher runs
     * inside the pool's operations: it must not block or call the pool. What it throws on a put is passed on, and the
     * item stays with the caller; on the way out the uncaught-exception handler is told, and the bytes stay counted.
     */
    public PoolBuilder<T> weigher(ToLongFunction<? super T> weigher) {
        this.weigher = Objects.requireNonNull(weigher, "weigher");
        return this;
    }

    /**
     * How many striped slots there may come to be, a power of two. There are two to four times as many as processors, at least
     * 16, as soon as threads meet, and more only while all those that a thread tries are claimed, as where many threads lost
     * their processor in the middle of an operation. Default: eight times that.
     */
    public PoolBuilder<T> maxStripes(int stripes) {
        if (stripes < 1 || Integer.bitCount(stripes) != 1) {
            throw new IllegalArgumentException("maxStripes must be a power of two: maxStripes=" + stripes);
        }
        this.maxStripes = stripes;
        return this;
    }

    /** The clock that turns the pool's cycles and destroys its items. Default: one of the pool's own, every 10 s. */
    public PoolBuilder<T> clock(ReclaimClock clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.byHand = false;
        return this;
    }

    /** No clock: cycles turn only when {@link Pool#cycle} is called, and destructors run on the thread that causes it. */
    public PoolBuilder<T> cyclesByHand() {
        this.byHand = true;
        this.clock = null;
        return this;
    }

    /** Runs the destructor; by default the clock does, or the calling thread where cycles turn by hand. */
    public PoolBuilder<T> destroyOn(Executor executor) {
        this.destroyExecutor = Objects.requireNonNull(executor, "executor");
        return this;
    }

    /**
     * Chaos mode, for tests and canaries: one put in four is destroyed, reuse is delayed, and an item put twice or never
     * handed out is refused with an {@link IllegalStateException}. Slow.
     *
     * @param seed of the random drops
     * @param poison spoils an item that was put, so that its use after the put shows; it must not call the pool
     */
    public PoolBuilder<T> chaos(long seed, Consumer<? super T> poison) {
        this.chaotic = true;
        this.chaosSeed = seed;
        this.poison = Objects.requireNonNull(poison, "poison");
        return this;
    }

    /**
     * Builds the pool.
     *
     * @throws IllegalStateException if a bound in bytes is set but nothing says what an item weighs, or two things do
     */
    public Pool<T> build() {
        if (weigher != null && itemBytes != 0) {
            throw new IllegalStateException("set either itemBytes or weigher, not both: itemBytes=" + itemBytes);
        }
        if (weigher == null && itemBytes == 0 && Math.min(maxIdleBytes, maxPrivateBytes) != Long.MAX_VALUE) {
            throw new IllegalStateException("a bound in bytes needs itemBytes or a weigher: maxIdleBytes="
                    + maxIdleBytes + ", maxPrivateBytes=" + maxPrivateBytes);
        }
        if (clock == null && !byHand) {
            clock = ReclaimClock.every(ReclaimClock.DEFAULT_PERIOD);
            Pool<T> pool = new Pool<>(this);
            clock = null; // another build gets a clock of its own
            return pool;
        }
        return new Pool<>(this);
    }

    PoolSettings<T> settings() {
        return new PoolSettings<>(
                name,
                factory,
                destructor,
                failureListener,
                (int) narrowed(maxPrivateItems, maxPrivateBytes),
                narrowed(maxIdleItems, maxIdleBytes),
                maxStripes);
    }

    private long narrowed(long items, long bytes) {
        return itemBytes == 0 ? items : Math.max(1, Math.min(items, bytes / itemBytes));
    }

    @Nullable
    ItemWatch<T> watch() {
        WeighedItems<T> weighed = weigher == null ? null : new WeighedItems<>(weigher, maxIdleBytes);
        return chaotic ? new Chaos<>(chaosSeed, poison, weighed) : weighed;
    }

    @Nullable
    ReclaimClock clock() {
        return clock;
    }

    Executor destroyExecutor() {
        if (destroyExecutor != null) {
            return destroyExecutor;
        }
        return clock != null ? clock : Runnable::run;
    }

    private static long positive(String option, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + " must be > 0: " + option + "=" + value);
        }
        return value;
    }
}
