package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All buffers of one kind of memory, heap or direct: where they are taken from and given back to, how they are made and
 * destroyed, and the turns of their clock.
 */
final class BufferPools {
    static final int UNPOOLED = -1;

    /** As many as a burst of one loop turn takes. */
    static final int MAX_PRIVATE_ITEMS = 64;

    /** The largest buffers that this holds for. */
    static final int MAX_BURST_BYTES = 32 << 10;

    /** Of larger ones no more than these bytes per class. */
    static final int MAX_PRIVATE_BYTES = 1 << 20;

    /** How many idle buffers of the class a loop keeps at hand. */
    static int privateItems(int sizeClass) {
        int bytes = SizeClasses.bytes(sizeClass);
        return bytes <= MAX_BURST_BYTES ? MAX_PRIVATE_ITEMS : Math.max(1, MAX_PRIVATE_BYTES / bytes);
    }

    private final ForebayAllocator allocator;
    private final BufferKind kind;
    private final boolean isDirect;
    private final Loops loops;
    private final SlotTable slots;
    private final ClassPools pools;
    private final UnpooledBuffers unpooled;
    private final Homecoming homecoming;
    private volatile boolean reclaimed; // since the last cycle

    private final LargeClasses large;
    private final LeakWatch leaks;
    private final @Nullable Quarantine quarantine; // in debug mode
    private final LongAdder retiredBytes = new LongAdder();

    BufferPools(
            ForebayAllocator allocator,
            BufferKind kind,
            boolean isDirect,
            Loops loops,
            LeakWatch leaks,
            boolean debug) {
        this.allocator = allocator;
        this.kind = kind;
        this.isDirect = isDirect;
        this.loops = loops;
        this.slots = loops.slots(isDirect);
        this.leaks = leaks;
        this.pools = new ClassPools(allocator, this::newPool);
        this.unpooled = new UnpooledBuffers(allocator, bytes -> create(UNPOOLED, bytes), this::destroy);
        this.large = new LargeClasses(pools::existing, loops::count);
        this.quarantine = debug ? new Quarantine(leaks) : null;
        this.homecoming = new Homecoming(this, isDirect, quarantine);
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /** For messages. */
    String allocatorName() {
        return allocator.name();
    }

    Homecoming homecoming() {
        return homecoming;
    }

    /** Takes a buffer of at least {@code capacity} bytes whose life has yet to begin. */
    PooledBuf take(int capacity) {
        PooledBuf buf = SizeClasses.isPooled(capacity) ? takeAtHand(SizeClasses.classOf(capacity)) : null;
        return buf == null ? takeSlow(capacity) : buf;
    }

    /** What the calling loop keeps at hand, null if that is nothing. */
    private @Nullable PooledBuf takeAtHand(int sizeClass) {
        Slot<PooledBuf> slot = slots.find(sizeClass);
        return slot == null ? null : takeFrom(slot);
    }

    private @Nullable PooledBuf takeFrom(Slot<PooledBuf> slot) {
        PooledBuf buf = slot.pollPrivate();
        return buf == null || buf.slot() == slot ? buf : takenFrom(buf, slot);
    }

    private PooledBuf takenFrom(PooledBuf buf, Slot<PooledBuf> slot) {
        buf.takenFrom(loops.current(), slot);
        return buf;
    }

    private PooledBuf takeSlow(int capacity) {
        if (!SizeClasses.isPooled(capacity)) {
            return capacity == 0 ? take(1) : unpooled.take(capacity);
        }
        Loop loop = loops.current();
        return loop == null ? takeStriped(capacity) : takeSlow(loop, capacity);
    }

    private PooledBuf takeStriped(int capacity) {
        int sizeClass = SizeClasses.classOf(capacity);
        Pool<PooledBuf> pool = pools.of(sizeClass);
        PooledBuf buf = LargeClasses.isLarge(sizeClass) ? pool.poll() : pool.get();
        if (buf == null) {
            PooledBuf odd = takeOdd(sizeClass, capacity);
            if (odd != null) {
                return odd;
            }
            buf = pool.get();
        }
        buf.takenFrom(null, null);
        return buf;
    }

    /** The private stack is empty: what other threads released on its behalf comes first, then the rest of the pool. */
    private PooledBuf takeSlow(Loop loop, int capacity) {
        int sizeClass = SizeClasses.classOf(capacity);
        Slot<PooledBuf> slot = slot(loop, sizeClass);
        PooledBuf buf = homecoming.takeIn(loop, slot, privateItems(sizeClass));
        if (buf == null) {
            buf = LargeClasses.isLarge(sizeClass) ? slot.poll() : slot.get();
        }
        if (buf == null) {
            PooledBuf odd = takeOdd(sizeClass, capacity);
            if (odd != null) {
                return odd;
            }
            buf = slot.get();
        }
        buf.takenFrom(loop, slot);
        return buf;
    }

    /** A large buffer must be made: other classes make room. Returns one that stays out of the pool, null if it should not. */
    private @Nullable PooledBuf takeOdd(int sizeClass, int capacity) {
        if (!large.makeRoom(sizeClass)) {
            return null;
        }
        int bytes = LargeClasses.bytesForOneLife(capacity);
        return bytes < SizeClasses.bytes(sizeClass) ? unpooled.take(bytes) : null;
    }

    private Slot<PooledBuf> slot(Loop loop, int sizeClass) {
        @Nullable Slot<PooledBuf>[] own = loop.slots(isDirect);
        Slot<PooledBuf> slot = own[sizeClass];
        if (slot == null) {
            slot = loop.attach(own, sizeClass, pools.of(sizeClass));
        }
        slots.note(sizeClass, slot);
        return slot;
    }

    /** Gives back memory that a buffer in use grew out of. */
    void giveBackOutgrown(PooledBuf buf, Aftercare aftercare) {
        aftercare.wipe(buf);
        if (quarantine == null) {
            giveBackUnused(buf);
        } else {
            letGo(keptOutgrown(buf, quarantine), quarantine);
        }
    }

    /** The first to be let go; the buffer itself if the heap has no room for where it was outgrown. */
    private static @Nullable PooledBuf keptOutgrown(PooledBuf buf, Quarantine quarantine) {
        try {
            return quarantine.keepOutgrown(buf);
        } catch (OutOfMemoryError noRoomForTheTrace) {
            return buf;
        }
    }

    /** Gives back those whose time in quarantine is over; the first of them has left it. */
    void letGo(@Nullable PooledBuf first, Quarantine quarantine) {
        PooledBuf next = first;
        while (next != null) {
            giveBackUnused(next);
            next = quarantine.pollOver();
        }
    }

    /** Debug mode: looks for misuse of a buffer that was just taken; whether its memory is poison now. */
    boolean inspect(PooledBuf buf) {
        return quarantine != null && quarantine.inspect(buf);
    }

    private void drainQuarantine() {
        if (quarantine != null) {
            PooledBuf next = quarantine.poll();
            while (next != null) {
                giveBackUnused(next);
                next = quarantine.poll();
            }
        }
    }

    private void closeQuarantine() {
        if (quarantine != null) {
            quarantine.close();
            drainQuarantine();
        }
    }

    /** What is idle, but still out for its pool. */
    void forEachQuarantined(Consumer<PooledBuf> action) {
        if (quarantine != null) {
            quarantine.forEach(action);
        }
    }

    /** For messages. */
    String inWords(int memoryBytes) {
        return "a " + (isDirect ? "direct" : "heap") + " buffer of " + memoryBytes + " B of allocator "
                + allocator.name();
    }

    /** A leak detector watches the buffer, which was just taken where it has no home. */
    void forget(PooledBuf buf) {
        if (buf.sizeClass() != UNPOOLED) {
            pools.of(buf.sizeClass()).forget(buf);
        }
    }

    /** Gives back a buffer that was taken but not handed out. */
    void giveBackUnused(PooledBuf buf) {
        if (buf.hasHomeElsewhere()) {
            buf.depart();
            homecoming.send(buf);
        } else {
            giveBack(buf);
        }
    }

    /** Has a buffer destroyed that was released for good. Any thread. */
    void discard(PooledBuf buf) {
        if (buf.sizeClass() == UNPOOLED) {
            unpooled.destroy(buf);
        } else {
            pools.of(buf.sizeClass()).discard(buf);
        }
    }

    /** The counterpart of {@link #take}: at the buffer's home, or on any thread if it has none. */
    void giveBack(PooledBuf buf) {
        Slot<PooledBuf> slot = buf.slot();
        if (slot != null && slot.isOwner()) {
            buf.becomeIdleIn(slot);
            return;
        }
        giveBackElsewhere(buf);
    }

    /** It has no home, so it stays with the thread that released it, as in Go's pool. */
    void giveBackElsewhere(PooledBuf buf) {
        int sizeClass = buf.sizeClass();
        if (sizeClass == UNPOOLED) {
            unpooled.destroy(buf);
            return;
        }
        Pool<PooledBuf> pool = pools.of(sizeClass);
        if (!pool.isClosed()) {
            attachIfPossible(sizeClass);
        }
        pool.put(buf);
    }

    /** So that a put finds a slot of the loop's own. It must come to pass without one, too, or the buffer would be lost. */
    private void attachIfPossible(int sizeClass) {
        try {
            Loop loop = loops.current(); // in here: for a thread's first release it is made
            if (loop != null) {
                slot(loop, sizeClass);
            }
        } catch (IllegalStateException | OutOfMemoryError closedMeanwhileOrNoRoom) {
            // the pool destroys what is put, or keeps it where no thread is at home
        }
    }

    private Pool<PooledBuf> newPool(int sizeClass) {
        int bytes = SizeClasses.bytes(sizeClass);
        return Pool.<PooledBuf>builder(() -> create(sizeClass, bytes))
                .name((isDirect ? "direct " : "heap ") + bytes + " B of " + allocator.name())
                .destructor(this::destroy)
                .itemBytes(bytes)
                .maxPrivateItems(privateItems(sizeClass))
                .cyclesByHand()
                .destroyOn(allocator.clock())
                .build();
    }

    private PooledBuf create(int sizeClass, int bytes) {
        Events.Span slow = Recorder.EVENTS.allocateSlow(allocator.name(), isDirect, bytes);
        PooledBuf buf = sizeClass == UNPOOLED ? kind.createUnpooled(this, bytes) : kind.create(this, sizeClass);
        watch(buf);
        large.made(buf.memoryBytes());
        slow.end();
        return buf;
    }

    /** Has a buffer watched that was just made, or gives back its memory. */
    private void watch(PooledBuf buf) {
        boolean done = false;
        try {
            leaks.watch(buf);
            done = true;
        } finally {
            if (!done) { // the heap has no room
                leaks.forget(buf.watch());
                buf.freeMemory();
            }
        }
    }

    private void destroy(PooledBuf buf) {
        try {
            inspect(buf);
        } finally {
            leaks.forget(buf.watch());
            buf.freeMemory();
            large.gone(buf.memoryBytes());
        }
    }

    /** Counts the buffers that were lost since. Their direct memory stays reserved: a view may still point to it. */
    void countLeaks() {
        while (true) {
            LeakWatch.Reference lost = leaks.poll();
            if (lost == null) {
                return;
            }
            allocator.ending().leakFound();
            try {
                count(lost);
                discharge(lost);
                allocator.leakReporter().report(lost, isDirect);
            } finally {
                allocator.ending().leakCounted();
            }
        }
    }

    private void count(LeakWatch.Reference lost) {
        kind.lost(lost.memoryBytes);
        large.gone(lost.memoryBytes);
        if (isDirect) {
            retiredBytes.add(lost.memoryBytes);
        }
        if (lost.sizeClass == UNPOOLED) {
            unpooled.countLeak(lost.memoryBytes);
        } else {
            pools.of(lost.sizeClass).writeOff(1);
        }
    }

    private static void discharge(LeakWatch.Reference lost) {
        Aftercare aftercare = lost.aftercare;
        if (aftercare == null) {
            return;
        }
        try {
            aftercare.discharge(lost.memoryBytes);
        } catch (IllegalStateException misused) { // goes to the handler: the other leaks are to be counted, too
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, misused);
        }
    }

    void cycle() {
        // A reclaim at this very moment may be forgotten: the next one says it again.
        homecoming.keepElsewhere(reclaimed);
        reclaimed = false;
        countLeaks();
        drainQuarantine();
        pools.all().forEach(Pool::cycle);
    }

    void trim() {
        drainQuarantine();
        pools.all().forEach(Pool::trim);
    }

    /**
     * Destroys what is idle, at once as far as the calling thread can, a class at a time, the largest first, until the
     * attempt succeeds. What becomes idle from here on stays where the next attempt gets at it.
     */
    <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt) {
        homecoming.keepElsewhere(true);
        reclaimed = true;
        countLeaks();
        drainQuarantine();
        R freed = attempt.get(); // what was lost, and what is unpooled, went at once
        if (freed != null) {
            return freed;
        }
        List<Pool<PooledBuf>> open = pools.all();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).reclaim();
            R found = attempt.get();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Closes all pools, or those it can, and then again; completes when their last buffer is back. */
    CompletableFuture<Void> close(Attempts attempts) {
        pools.close();
        CompletableFuture<Void> unpooledBack = unpooled.close();
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (Pool<PooledBuf> pool : pools.all()) {
            attempts.attempt(pool::close);
            ends.add(pool.termination().toCompletableFuture());
        }
        // After the pools: what arrives now is destroyed.
        loops.forEach(loop -> attempts.attempt(() -> homecoming.refuse(loop)));
        attempts.attempt(this::closeQuarantine);
        ends.add(unpooledBack);
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    }

    /** The pool of a class; null as long as the class was not used. */
    @Nullable
    Pool<PooledBuf> existing(int sizeClass) {
        return pools.existing(sizeClass);
    }

    void addUnpooledTo(StatsSum sum) {
        unpooled.addTo(sum);
    }

    MemoryStats stats() {
        countLeaks();
        StatsSum sum = new StatsSum();
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            Pool<PooledBuf> pool = pools.existing(c);
            if (pool != null) {
                sum.add(pool.stats(), SizeClasses.bytes(c));
            }
        }
        // After the pools: of what arrives meanwhile some may show as in use still, but none as idle twice.
        loops.forEach(loop -> {
            Returns.Sums returning = loop.returns(isDirect).count();
            sum.addReturned(returning.buffers(), returning.bytes());
        });
        forEachQuarantined(buf -> sum.addReturned(1, buf.memoryBytes()));
        addUnpooledTo(sum);
        return sum.toStats(kind.limit(), retiredBytes.sum());
    }

    long reservedBytes() {
        return kind.limit().reservedBytes();
    }

    /** How many more the limit of this kind of memory allows right now. */
    long availableBytes() {
        return kind.limit().availableBytes();
    }
}
