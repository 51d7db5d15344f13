package io.forebay.netty;

import io.forebay.pool.BudgetStats;
import io.forebay.pool.MemoryBudget;
import io.forebay.pool.ReclaimClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A Netty allocator that pools whole buffers, object and memory together: an event loop allocates with one pop from a
 * stack of its own and releases with one push. It gives memory back when the load is gone, and can say at any moment
 * what it holds.
 *
 * <p>Plug it in as {@code ChannelOption.ALLOCATOR}, as {@code option} and {@code childOption}. HTTP/2 child channels
 * take neither: set it on their config in their initializer.
 *
 * <p><b>Ownership.</b> As with any Netty allocator: whoever holds the last reference releases it, on any thread. One
 * allocator a process is right for nearly all; {@link #close} it when the channels that use it are closed.
 *
 * <p><b>Threads.</b> Thread-safe. Event loops whose threads are {@code FastThreadLocalThread}s, as Netty's own thread
 * factories make them, work on slots of their own; all other threads, virtual ones included, share striped slots.
 *
 * <p><b>Sizes.</b> Up to 4 MiB are pooled, rounded up by at most a fifth of the class above 256 B, to 64, 128, 192 or 256 B below; larger buffers are taken from the
 * system and returned to it one by one, and counted like the others. From 64 KiB on, where an event loop holds more than
 * 16 MiB of these, making one lets go of idle ones of other sizes first. Contents are not zeroed;
 * {@link ForebayAllocatorBuilder#zeroOnRelease} is for secrets.
 *
 * <p><b>When not to use it.</b> For buffers that live as long as the process, or in a process that has no event loops.
 */
public sealed class ForebayAllocator extends AllocatorBase implements AutoCloseable permits AttendedAllocator {
    // Not final, so that no allocation asks whether somebody attends to its buffers; not abstract, as Micrometer's and
    // others' meters are tagged with the name of the class.

    private final String name;
    private final ReclaimClock clock;
    private final LeakReporter leakReporter;
    private final Loops loops;
    final BufferPools direct;
    final BufferPools heap;
    private final boolean zeroOnRelease;
    private final MemoryBudget budget;
    private final Budgets budgets;
    private final NativeTrim nativeTrim;
    private final Metric metric;
    private final Ending ending = new Ending(this::terminated);
    private final CompletableFuture<Void> termination = new CompletableFuture<>();

    // Under the lock of this.
    private boolean closed;
    private boolean closedWhole; // no close is needed any more

    ForebayAllocator(ForebayAllocatorBuilder builder) {
        super(builder.preferDirect(), builder.heapFallback());
        name = builder.name();
        clock = ReclaimClock.every(builder.cyclePeriod());
        zeroOnRelease = builder.zeroOnRelease();
        leakReporter = new LeakReporter(name, builder.leakListener());
        loops = new Loops(this::takeReturned, this::closeReturns);
        budget = builder.newBudget();
        MemoryBudget directBudget = child("direct memory", builder.maxDirectMemory());
        MemoryBudget heapBudget = child("heap memory", Long.MAX_VALUE);
        budgets = new Budgets(List.of(directBudget, heapBudget));
        nativeTrim = new NativeTrim(clock, builder.trimNativeHeap() ? NativeHeap::trim : () -> {}, System::nanoTime);
        DirectKind directKind = new DirectKind(limit(directBudget), nativeTrim);
        HeapKind heapKind = new HeapKind(limit(heapBudget));
        boolean debug = builder.debug();
        direct = new BufferPools(this, directKind, /* isDirect= */ true, loops, new LeakWatch(), debug);
        heap = new BufferPools(this, heapKind, /* isDirect= */ false, loops, new LeakWatch(), debug);
        metric = new Metric();
        clock.register(this, ForebayAllocator::cycle);
    }

    private MemoryBudget child(String kind, long bytes) {
        return budget.child(kind + " of allocator " + name, bytes);
    }

    private MemoryLimit limit(MemoryBudget budget) {
        return new MemoryLimit(budget, this::reclaimUntil);
    }

    /** An allocator with the default options. */
    public static ForebayAllocator create() {
        return builder().build();
    }

    /** Starts to build an allocator. */
    public static ForebayAllocatorBuilder builder() {
        return new ForebayAllocatorBuilder();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(heap.take(initialCapacity).handOut(initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return leakAware(direct.take(initialCapacity).handOut(initialCapacity, maxCapacity));
    }

    /**
     * A view of this allocator for one tenant, connection or pipeline: every buffer it hands out, direct or heap, pooled or
     * not, is charged to the budget by the memory it occupies (its capacity, rounded up at most to its size class) for as long as
     * it is in use. What {@code alloc()} of such a buffer returns is the view, so the buffers made of it are charged too: the
     * parts of composites, copies, what a handler allocates by its channel. Set it as {@code ChannelOption.ALLOCATOR}.
     *
     * <p>A buffer that grows is charged for the difference before that happens. The charge is given back by the last
     * release, on whichever thread, or when the buffer is found to have been garbage-collected without one. Idle buffers
     * belong to nobody and are charged to none: all views share them.
     *
     * <p>While the budget is spent, allocation and growth throw {@link MemoryLimitError}, and nothing has changed then. They
     * do not wait. Within a Reactor pipeline such an error, as every {@code VirtualMachineError}, is not signalled but
     * thrown at whoever is on the stack: acquire buffers there in a way that waits.
     *
     * <p>The view keeps no state but the budget's; make as many as you like, and drop them. {@link ForebayMetric#budgets} has
     * their budgets as long as the program has them. It takes part in the limits of
     * this allocator, and ends with it. Thread-safe. If the budget is closed, allocation and growth throw {@link
     * IllegalStateException}.
     *
     * @param budget what is charged. It and those above it must not be among this allocator's {@linkplain
     *     ForebayAllocatorBuilder#budget own} and those above that: the same memory would be charged to them twice
     */
    public ByteBufAllocator withBudget(MemoryBudget budget) {
        BudgetedAllocator view = new BudgetedAllocator(this, Objects.requireNonNull(budget, "budget"), zeroOnRelease);
        budgets.add(budget);
        return view;
    }

    /** What the allocator holds and does: always the same object, which reads the state anew on each call. */
    @Override
    public ForebayMetric metric() {
        return metric;
    }

    /** The name given to the builder. */
    public String name() {
        return name;
    }

    LeakReporter leakReporter() {
        return leakReporter;
    }

    Ending ending() {
        return ending;
    }

    ReclaimClock clock() {
        return clock;
    }

    private boolean takeReturned(Loop loop) {
        boolean moreDirect = direct.homecoming().takeIn(loop);
        boolean moreHeap = heap.homecoming().takeIn(loop);
        return moreDirect || moreHeap;
    }

    private void closeReturns(Loop loop) {
        direct.homecoming().close(loop);
        heap.homecoming().close(loop);
    }

    /** At a limit: lets go of what is idle, at once as far as the calling thread can, the rest soon. */
    private <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt) {
        @Nullable R found = null;
        try {
            found = direct.reclaimUntil(attempt);
            if (found == null) {
                found = heap.reclaimUntil(attempt);
            }
            return found;
        } finally {
            flushAfter(found);
        }
    }

    /** A loop that takes no task, as on a full heap, must not cost what was found: the next cycle asks it again. */
    private void flushAfter(@Nullable Object found) {
        try {
            loops.flush();
        } catch (RuntimeException | Error refused) {
            if (found == null) {
                throw refused;
            }
        }
    }

    /**
     * What the allocator is charged to: {@link MemoryBudget#used} is what it holds from the system, idle or in use, direct
     * and heap. Its limit may be changed at any time; a lower one is reached as buffers are released and trimmed.
     */
    public MemoryBudget budget() {
        return budget;
    }

    private void cycle() {
        Events.Span turn = Recorder.EVENTS.cycle(name);
        direct.cycle();
        heap.cycle();
        leakReporter.cycle();
        nativeTrim.cycle();
        loops.flush();
        turn.end();
    }

    /**
     * Destroys all idle buffers, soon: what loops hold on the loops themselves, the rest at once, and their memory goes
     * back to the system on the reclaim thread. Buffers in use are not touched. May be called from any thread.
     */
    public void trim() {
        direct.trim();
        heap.trim();
        loops.flush();
    }

    /**
     * Ends the allocator: idle buffers are destroyed, allocating throws {@link IllegalStateException} from now on, on other event
     * loops from when they have let go of what they keep at hand, and what is released is destroyed. Buffers in use stay valid until
     * their release, but do not grow. Does not wait for them: see {@link #termination}, and {@link #outstanding} for what they are.
     * Closing twice does nothing, but for what the first time was kept from by an exception, which it threw.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closedWhole) {
                return;
            }
            closed = true;
        }
        Attempts attempts = new Attempts();
        CompletableFuture<Void> unused = CompletableFuture.allOf(direct.close(attempts), heap.close(attempts))
                .thenRun(ending::poolsEnded);
        attempts.attempt(loops::flush);
        attempts.rethrow();
        synchronized (this) {
            closedWhole = true;
        }
    }

    /** What whoever is asked for a buffer throws from then on. */
    IllegalStateException closedException() {
        return new IllegalStateException("allocator " + name + " is closed");
    }

    private void terminated() {
        try {
            clock.unregister(this);
            clock.close();
            leakReporter.close();
            loops.end();
        } finally {
            termination.complete(null);
        }
    }

    /**
     * Completes when the allocator is closed, its last buffer is back or found leaked, and all its memory but what leaked returned
     * to the system.
     */
    public CompletionStage<Void> termination() {
        return termination.minimalCompletionStage();
    }

    /**
     * Waits until the allocator has {@linkplain #termination terminated}. Not on an event loop.
     *
     * @throws TimeoutException if it has not within that time; the message names what is still out
     * @throws IllegalStateException if the allocator was not closed
     */
    public void awaitTermination(Duration patience) throws InterruptedException, TimeoutException {
        synchronized (this) {
            if (!closed) {
                throw new IllegalStateException(
                        "allocator " + name + " is open (awaitTermination() without close() before it?)");
            }
        }
        CountDownLatch ended = new CountDownLatch(1);
        CompletableFuture<Void> unused = termination.thenRun(ended::countDown);
        if (!ended.await(TimeUnit.NANOSECONDS.convert(patience), TimeUnit.NANOSECONDS)) {
            String out = outstanding();
            throw new TimeoutException("allocator " + name + " is closed, but after " + patience + " "
                    + (out.isEmpty()
                            ? "its idle buffers are not all destroyed"
                            : "these buffers are still out: " + out));
        }
    }

    /**
     * Names the buffers in use, by kind and size class: {@code "direct: 2 of 512 B; heap: 1 of 64 B"}; empty if there are
     * none. After {@link #close} these are what {@link #termination} waits for.
     */
    public String outstanding() {
        return Dump.outstanding(metric.directClasses(), metric.heapClasses());
    }

    /**
     * The whole state as text for a person: bytes and buffers of each kind of memory, by size class and by event loop, and
     * the budgets, of which those with the most in use. May be called at any time, from any thread; its form may change.
     */
    public String dump() {
        Dump dump = new Dump();
        dump.title(name);
        dump.kind("direct", metric.direct(), metric.directClasses(), metric.directLoops());
        dump.kind("heap", metric.heap(), metric.heapClasses(), metric.heapLoops());
        dump.budgets(metric.budgets());
        return dump.toString();
    }

    @Override
    public String toString() {
        return "ForebayAllocator(" + name + ", direct: " + metric.direct() + ", heap: " + metric.heap() + ')';
    }

    private final class Metric implements ForebayMetric {
        @Override
        public MemoryStats direct() {
            return direct.stats();
        }

        @Override
        public MemoryStats heap() {
            return heap.stats();
        }

        private final Breakdown directParts = new Breakdown(direct, loops, /* isDirect= */ true);
        private final Breakdown heapParts = new Breakdown(heap, loops, /* isDirect= */ false);

        @Override
        public List<ClassStats> directClasses() {
            return directParts.classes();
        }

        @Override
        public List<ClassStats> heapClasses() {
            return heapParts.classes();
        }

        @Override
        public List<LoopStats> directLoops() {
            return directParts.loops();
        }

        @Override
        public List<LoopStats> heapLoops() {
            return heapParts.loops();
        }

        @Override
        public List<BudgetStats> budgets() {
            return budgets.stats();
        }

        @Override
        public long usedHeapMemory() {
            return heap.reservedBytes();
        }

        @Override
        public long usedDirectMemory() {
            return direct.reservedBytes();
        }
    }
}
