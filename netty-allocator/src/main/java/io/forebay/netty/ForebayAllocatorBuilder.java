package io.forebay.netty;

import io.forebay.pool.MemoryBudget;
import io.forebay.pool.ReclaimClock;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Options of a {@link ForebayAllocator}. Not thread-safe; each {@link #build} makes an allocator of its own. */
public final class ForebayAllocatorBuilder {
    private String name = "forebay";
    private boolean preferDirect = true;
    private Duration cyclePeriod = ReclaimClock.DEFAULT_PERIOD;
    private long maxMemory = Long.MAX_VALUE;
    private long maxDirectMemory = Long.MAX_VALUE;
    private @Nullable MemoryBudget budget;
    private boolean heapFallback;
    private boolean zeroOnRelease;
    private boolean debug;
    private boolean trimNativeHeap = true;
    private @Nullable LeakListener leakListener;

    ForebayAllocatorBuilder() {}

    /** A name for messages and metrics. Default {@code forebay}. */
    public ForebayAllocatorBuilder name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /** Whether {@code buffer()} is direct where direct memory can be freed reliably. Default true. */
    public ForebayAllocatorBuilder preferDirect(boolean preferDirect) {
        this.preferDirect = preferDirect;
        return this;
    }

    /**
     * How long a cycle lasts: a buffer that is idle when one ends and that nobody took by the end of the next is
     * destroyed. Default 10 s.
     *
     * @throws IllegalArgumentException if the period is not positive
     */
    public ForebayAllocatorBuilder cyclePeriod(Duration period) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("cyclePeriod must be > 0: cyclePeriod=" + period);
        }
        this.cyclePeriod = period;
        return this;
    }

    /**
     * The most bytes that the allocator ever holds from the system: direct and heap memory, in use and idle, pooled and
     * not, growth included. At the limit idle memory is reclaimed; if that is not enough, a {@link MemoryLimitError} is
     * thrown. No limit by default.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public ForebayAllocatorBuilder maxMemory(long bytes) {
        this.maxMemory = positive("maxMemory", bytes);
        return this;
    }

    /**
     * The same for direct memory alone. No limit of its own by default.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public ForebayAllocatorBuilder maxDirectMemory(long bytes) {
        this.maxDirectMemory = positive("maxDirectMemory", bytes);
        return this;
    }

    private static long positive(String name, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(name + " must be > 0 bytes: " + name + "=" + bytes);
        }
        return bytes;
    }

    /**
     * A budget that several allocators share: what this one holds from the system is charged to it, too. None by default. At its
     * limit an allocator reclaims what it holds idle itself, and not what the others do, which goes with their cycles, or by {@link
     * ForebayAllocator#trim}.
     */
    public ForebayAllocatorBuilder budget(MemoryBudget budget) {
        this.budget = Objects.requireNonNull(budget, "budget");
        return this;
    }

    /**
     * Whether {@code buffer()} returns a heap buffer where it would return a direct one but direct memory has reached its
     * limit; {@code directBuffer()} and {@code ioBuffer()} never do. Of use with {@link #maxDirectMemory}, as
     * {@link #maxMemory} holds for heap memory too. Default false.
     */
    public ForebayAllocatorBuilder heapFallback(boolean heapFallback) {
        this.heapFallback = heapFallback;
        return this;
    }

    /**
     * Whether the last release of a buffer, and growth that leaves memory behind, fills that memory with zeros, all of it,
     * before anybody else can get it or the system gets it back: for secrets. It costs as much as writing the buffer once
     * more, and a last release an atomic operation. What leaked is not zeroed, but never handed out again either. Default
     * false.
     *
     * <p>Allocated buffers are not promised to be zero: memory that is fresh from the system may hold anything of this
     * process's. Copies that others made are not reached, such as those of the JDK's and the kernel's sockets.
     */
    public ForebayAllocatorBuilder zeroOnRelease(boolean zeroOnRelease) {
        this.zeroOnRelease = zeroOnRelease;
        return this;
    }

    /**
     * Whether the allocator looks for users that go on using what they released. For tests and canaries: a last release
     * then fills the memory, takes a stack trace and makes a buffer object, many times as dear as without. Default false.
     *
     * <ul>
     *   <li>No buffer object is handed out twice. Whoever uses, retains or releases one after its last release gets an
     *       {@link io.netty.util.IllegalReferenceCountException} that names the thread of that release and has its stack
     *       trace as its cause, even if somebody else has the memory since.
     *   <li>Released memory is poisoned (0xDB) and kept out of use for a while: until 4 MiB or 512 buffers were released
     *       after it, a cycle ends, or the allocator needs it. A write by an NIO view, array or address that was got before
     *       the release is found when the memory is next handed out or destroyed, and is told, with the stack trace of the
     *       release, to the {@linkplain Thread#getUncaughtExceptionHandler uncaught-exception handler} of the thread that
     *       found it. Not found is a write after the memory was handed out again, or of what was there before.
     * </ul>
     */
    public ForebayAllocatorBuilder debug(boolean debug) {
        this.debug = debug;
        return this;
    }

    /**
     * Whether, once cycles have given back some megabytes of direct memory, the C library is asked to return them to the
     * system, as {@code jcmd PID System.trim_native_heap} does: glibc would keep most of what lies between blocks that are
     * still in use. It takes a few milliseconds on the reclaim thread, at most once a second, and concerns the whole process.
     * Does nothing on systems without glibc. Default true.
     */
    public ForebayAllocatorBuilder trimNativeHeap(boolean trim) {
        this.trimNativeHeap = trim;
        return this;
    }

    /**
     * Who is told of buffers that were garbage-collected without a release, in place of the default: a warning in the log,
     * at most once every 10 s.
     */
    public ForebayAllocatorBuilder onLeak(LeakListener listener) {
        this.leakListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** Builds the allocator; it takes no memory until it is used. */
    public ForebayAllocator build() {
        return zeroOnRelease || debug ? new AttendedAllocator(this) : new ForebayAllocator(this);
    }

    String name() {
        return name;
    }

    boolean preferDirect() {
        return preferDirect;
    }

    MemoryBudget newBudget() {
        String budgetName = "allocator " + name;
        return budget == null ? MemoryBudget.create(budgetName, maxMemory) : budget.child(budgetName, maxMemory);
    }

    long maxDirectMemory() {
        return maxDirectMemory;
    }

    boolean heapFallback() {
        return heapFallback;
    }

    boolean zeroOnRelease() {
        return zeroOnRelease;
    }

    boolean debug() {
        return debug;
    }

    boolean trimNativeHeap() {
        return trimNativeHeap;
    }

    LeakListener leakListener() {
        return leakListener == null ? new LeakLog() : leakListener;
    }

    Duration cyclePeriod() {
        return cyclePeriod;
    }
}
