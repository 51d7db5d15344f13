package io.forebay.netty;

import static java.lang.invoke.MethodHandles.arrayElementVarHandle;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The pools of one kind of memory, one for each size class, and the count of what is too large for any. */
final class BufferPools {
    static final int UNPOOLED = -1;

    private static final VarHandle POOL = arrayElementVarHandle(Pool[].class);

    /** As many small buffers as a burst of one loop turn takes, and of large ones no more than these bytes per class. */
    static final int MAX_PRIVATE_ITEMS = 64;

    static final int MAX_PRIVATE_BYTES = 1 << 20;

    private static final int MAX_RETURN_BATCHES = 4;

    private final ForebayAllocator allocator;
    private final BufferKind kind;
    private final boolean isDirect;
    private final Loops loops;
    private final SlotTable slots;
    private final @Nullable Pool<PooledBuf>[] pools; // made when first used; stored with release under the lock of this
    private boolean closed; // under the lock of this
    private volatile boolean pressed; // at a limit, until a whole cycle went by without: nothing is sent home
    private volatile boolean reclaimed; // since the last cycle

    private final LargeClasses large;
    private final LeakWatch leaks = new LeakWatch();
    private final @Nullable Quarantine quarantine; // in debug mode
    private final LongAdder retiredBytes = new LongAdder();
    private final LongAdder unpooledLeaked = new LongAdder();
    private final LongAdder unpooledCreated = new LongAdder();
    private final LongAdder unpooledDestroyed = new LongAdder();
    private final AtomicLong unpooledBytes = new AtomicLong();
    private final CompletableFuture<Void> unpooledBack = new CompletableFuture<>();

    BufferPools(ForebayAllocator allocator, BufferKind kind, boolean isDirect, Loops loops, boolean debug) {
        this.allocator = allocator;
        this.kind = kind;
        this.isDirect = isDirect;
        this.loops = loops;
        this.slots = loops.slots(isDirect);
        this.pools = newPools(SizeClasses.COUNT);
        this.large = new LargeClasses(this::existing, loops::count);
        this.quarantine = debug ? new Quarantine(leaks) : null;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static @Nullable Pool<PooledBuf>[] newPools(int length) {
        return new Pool[length];
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /** Takes a buffer of at least {@code capacity} bytes whose life has yet to begin. */
    PooledBuf take(int capacity) {
        if (!SizeClasses.isPooled(capacity)) {
            return takeUnusual(capacity);
        }
        int sizeClass = SizeClasses.classOf(capacity);
        Slot<PooledBuf> slot = slots.find(sizeClass);
        PooledBuf buf = slot == null ? null : slot.pollPrivate();
        if (buf == null) {
            return takeSlow(capacity);
        }
        if (buf.slot() != slot) {
            buf.takenFrom(loops.current(), slot);
        }
        return buf;
    }

    private PooledBuf takeUnusual(int capacity) {
        return capacity == 0 ? take(1) : takeUnpooled(capacity);
    }

    private PooledBuf takeSlow(int capacity) {
        Loop loop = loops.current();
        return loop == null ? takeStriped(capacity) : takeSlow(loop, capacity);
    }

    private PooledBuf takeStriped(int capacity) {
        int sizeClass = SizeClasses.classOf(capacity);
        Pool<PooledBuf> pool = pool(sizeClass);
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
        PooledBuf buf = takeReturned(loop, slot);
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
        return bytes < SizeClasses.bytes(sizeClass) ? takeUnpooled(bytes) : null;
    }

    /**
     * A stack's worth at a time: the rest may wait where it is, instead of being pushed on to the chain and back. And not all
     * there are, if none of the class is among them: that would hold the loop up longer than making one.
     */
    private @Nullable PooledBuf takeReturned(Loop loop, Slot<PooledBuf> slot) {
        Returns returns = loop.returns(isDirect);
        for (int batch = 0; batch < MAX_RETURN_BATCHES && !returns.isEmpty(); batch++) {
            int taken = returns.take(MAX_PRIVATE_ITEMS, this::arriveHome);
            PooledBuf buf = slot.pollPrivate();
            if (buf != null || taken == 0) {
                return buf;
            }
        }
        return null;
    }

    private Slot<PooledBuf> slot(Loop loop, int sizeClass) {
        @Nullable Slot<PooledBuf>[] own = loop.slots(isDirect);
        Slot<PooledBuf> slot = own[sizeClass];
        if (slot == null) {
            slot = loop.attach(own, sizeClass, pool(sizeClass));
        }
        slots.note(sizeClass, slot);
        return slot;
    }

    /** Makes idle a batch of what other threads released on the loop's behalf; false if it was the last. On the loop only. */
    boolean takeReturned(Loop loop) {
        Returns returns = loop.returns(isDirect);
        return returns.take(Loop.RETURN_BATCH, this::arriveHome) > 0 && !returns.isEmpty();
    }

    private void arriveHome(PooledBuf buf) {
        if (buf.arrive()) {
            buf.becomeIdle();
        } else {
            reportDoubleRelease(buf);
        }
    }

    /** The loop ends, on its own thread, or was found dead: what is on its way there arrives, and no more can set out. */
    void closeReturns(Loop loop) {
        // Its own thread takes them home even now: to look for the current loop here would make a new one.
        Consumer<PooledBuf> arrive = loop.isCurrentThread() ? this::arriveHome : this::arriveElsewhere;
        Returns returns = loop.returns(isDirect);
        returns.refuse(arrive);
        returns.takeAll(arrive);
    }

    /** The allocator closes: what would set out from here on is destroyed where it is; the loop sees to what has. */
    private void refuseReturns(Loop loop) {
        loop.returns(isDirect).refuse(this::arriveElsewhere);
    }

    /** Sends home a buffer whose last reference was released on another thread. */
    void sendHome(PooledBuf buf) {
        Loop home = buf.home();
        if (home == null && buf.isSlotHidden()) {
            endWatched(buf, Objects.requireNonNull(buf.watch(), "watch"));
        } else {
            sendTo(home, buf);
        }
    }

    private void sendTo(@Nullable Loop home, PooledBuf buf) {
        if (home == null || pressed || !home.returns(isDirect).send(buf)) {
            arriveElsewhere(buf);
        }
    }

    /** The end of a life that was watched or attended to: only now it is known where home is, maybe here. */
    private void endWatched(PooledBuf buf, LeakWatch.Reference watch) {
        Aftercare aftercare = watch.aftercare;
        watch.aftercare = null;
        watch.sampled = false;
        if (aftercare != null) {
            endAttended(buf, watch, aftercare);
        } else {
            goHome(buf, watch);
        }
    }

    /** As it is, a return: a second release at this moment, at home, is found out when the buffer arrives there. */
    private void goHome(PooledBuf buf, LeakWatch.Reference watch) {
        Loop home = watch.hiddenHome(); // before it shows: a release at home that has begun may then end the life, too
        Slot<PooledBuf> slot = watch.hiddenSlot();
        watch.revealSlotTo(buf);
        if (slot != null && slot.isOwner()) {
            arriveHome(buf);
        } else {
            sendTo(home, buf);
        }
    }

    private void endAttended(PooledBuf buf, LeakWatch.Reference watch, Aftercare aftercare) {
        int memoryBytes = buf.memoryBytes(); // it is another's as soon as it was given back
        try {
            aftercare.wipe(buf);
            if (quarantine == null) {
                goHome(buf, watch);
            } else {
                boolean arrived = buf.arrive(); // true: its slot is hidden, and stays so: all releases go by CAS
                assert arrived : buf;
                quarantine.bury(buf).forEach(this::giveBackUnused);
            }
        } finally {
            aftercare.discharge(memoryBytes);
        }
    }

    /** Gives back memory that a buffer in use grew out of. */
    void giveBackOutgrown(PooledBuf buf, Aftercare aftercare) {
        aftercare.wipe(buf);
        if (quarantine == null) {
            giveBackUnused(buf);
        } else {
            quarantine.keepOutgrown(buf).forEach(this::giveBackUnused);
        }
    }

    /** Debug mode: looks for misuse of a buffer that was just taken; whether its memory is poison now. */
    boolean inspect(PooledBuf buf) {
        return quarantine != null && quarantine.inspect(buf);
    }

    private void drainQuarantine() {
        if (quarantine != null) {
            quarantine.drain().forEach(this::giveBackUnused);
        }
    }

    private void closeQuarantine() {
        if (quarantine != null) {
            quarantine.close().forEach(this::giveBackUnused);
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

    private void arriveElsewhere(PooledBuf buf) {
        if (!buf.arrive()) {
            reportDoubleRelease(buf);
            return;
        }
        buf.takenFrom(null, null);
        giveBackElsewhere(buf);
    }

    /** Too late to throw at the culprit, but not too late to keep the buffer from having two owners. */
    private void reportDoubleRelease(PooledBuf buf) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler()
                .uncaughtException(
                        thread,
                        new IllegalReferenceCountException("a buffer of " + buf.memoryBytes() + " B of allocator "
                                + allocator.name() + " was released by its event loop and by another thread at the same"
                                + " moment (one release too many? it is kept once)"));
    }

    /** A leak detector watches the buffer, which was just taken where it has no home. */
    void forget(PooledBuf buf) {
        if (buf.sizeClass() != UNPOOLED) {
            pool(buf.sizeClass()).forget(buf);
        }
    }

    /** Gives back a buffer that was taken but not handed out. */
    void giveBackUnused(PooledBuf buf) {
        if (buf.hasHomeElsewhere()) {
            buf.depart();
            sendHome(buf);
        } else {
            giveBack(buf);
        }
    }

    /** The counterpart of {@link #take}: at the buffer's home, or on any thread if it has none. */
    void giveBack(PooledBuf buf) {
        Slot<PooledBuf> slot = buf.slot();
        if (slot != null && slot.isOwner()) {
            slot.put(buf);
            return;
        }
        giveBackElsewhere(buf);
    }

    /** It has no home, so it stays with the thread that released it, as in Go's pool. */
    private void giveBackElsewhere(PooledBuf buf) {
        int sizeClass = buf.sizeClass();
        if (sizeClass == UNPOOLED) {
            destroyUnpooled(buf);
            return;
        }
        Pool<PooledBuf> pool = pool(sizeClass);
        Loop loop = loops.current();
        if (loop != null && !pool.isClosed()) {
            slot(loop, sizeClass);
        }
        pool.put(buf);
    }

    @SuppressWarnings("unchecked") // the array's element type
    private Pool<PooledBuf> pool(int sizeClass) {
        Pool<PooledBuf> pool = (Pool<PooledBuf>) POOL.getAcquire(pools, sizeClass);
        return pool != null ? pool : newPool(sizeClass);
    }

    private synchronized Pool<PooledBuf> newPool(int sizeClass) {
        Pool<PooledBuf> pool = pools[sizeClass];
        if (pool != null) {
            return pool;
        }
        checkOpen(closed);
        pool = Pool.<PooledBuf>builder(() -> create(sizeClass))
                .name((isDirect ? "direct " : "heap ") + SizeClasses.bytes(sizeClass) + " B of " + allocator.name())
                .destructor(this::destroy)
                .itemBytes(SizeClasses.bytes(sizeClass))
                .maxPrivateItems(MAX_PRIVATE_ITEMS)
                .maxPrivateBytes(MAX_PRIVATE_BYTES)
                .cyclesByHand()
                .destroyOn(allocator.clock())
                .build();
        POOL.setRelease(pools, sizeClass, pool);
        return pool;
    }

    private PooledBuf create(int sizeClass) {
        Events.Span slow = Recorder.EVENTS.allocateSlow(allocator.name(), isDirect, SizeClasses.bytes(sizeClass));
        PooledBuf buf = kind.create(this, sizeClass);
        leaks.watch(buf);
        large.made(buf.memoryBytes());
        slow.end();
        return buf;
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
            kind.lost(lost.memoryBytes);
            large.gone(lost.memoryBytes);
            if (isDirect) {
                retiredBytes.add(lost.memoryBytes);
            }
            if (lost.sizeClass == UNPOOLED) {
                unpooledBytes.addAndGet(-lost.memoryBytes);
                unpooledLeaked.increment();
                checkUnpooledBack();
            } else {
                pool(lost.sizeClass).writeOff(1);
            }
            allocator.leakReporter().report(lost, isDirect);
            discharge(lost);
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

    private void checkOpen(boolean closed) {
        if (closed) {
            throw new IllegalStateException("allocator " + allocator.name() + " is closed");
        }
    }

    private PooledBuf takeUnpooled(int bytes) {
        synchronized (this) {
            checkOpen(closed);
            unpooledCreated.increment(); // before the buffer is made, so that a close meanwhile waits for it
        }
        boolean done = false;
        try {
            Events.Span slow = Recorder.EVENTS.allocateSlow(allocator.name(), isDirect, bytes);
            PooledBuf buf = kind.createUnpooled(this, bytes);
            leaks.watch(buf);
            large.made(bytes);
            slow.end();
            unpooledBytes.addAndGet(bytes);
            done = true;
            return buf;
        } finally {
            if (!done) {
                unpooledCreated.decrement();
                checkUnpooledBack();
            }
        }
    }

    private void destroyUnpooled(PooledBuf buf) {
        unpooledBytes.addAndGet(-buf.memoryBytes());
        destroy(buf);
        unpooledDestroyed.increment();
        checkUnpooledBack();
    }

    private void checkUnpooledBack() {
        boolean closed;
        synchronized (this) {
            closed = this.closed;
        }
        if (closed && unpooledCreated.sum() == unpooledDestroyed.sum() + unpooledLeaked.sum()) {
            unpooledBack.complete(null);
        }
    }

    private List<Pool<PooledBuf>> open() {
        List<Pool<PooledBuf>> open = new ArrayList<>(pools.length);
        for (int c = 0; c < pools.length; c++) {
            Pool<PooledBuf> pool = existing(c);
            if (pool != null) {
                open.add(pool);
            }
        }
        return open;
    }

    void cycle() {
        pressed = reclaimed; // a reclaim at this very moment may be forgotten: the next one says it again
        reclaimed = false;
        countLeaks();
        drainQuarantine();
        open().forEach(Pool::cycle);
    }

    void trim() {
        drainQuarantine();
        open().forEach(Pool::trim);
    }

    /**
     * Destroys what is idle, at once as far as the calling thread can, a class at a time, the largest first, until the
     * attempt succeeds. What becomes idle from here on stays where the next attempt gets at it.
     */
    <R> @Nullable R reclaimUntil(Supplier<? extends @Nullable R> attempt) {
        pressed = true;
        reclaimed = true;
        drainQuarantine();
        R freed = quarantine == null ? null : attempt.get(); // what is unpooled went at once
        if (freed != null) {
            return freed;
        }
        List<Pool<PooledBuf>> open = open();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).reclaim();
            R found = attempt.get();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Closes all pools; completes when their last buffer is back. */
    CompletableFuture<Void> close() {
        synchronized (this) {
            closed = true;
        }
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (Pool<PooledBuf> pool : open()) {
            pool.close();
            ends.add(pool.termination().toCompletableFuture());
        }
        loops.forEach(this::refuseReturns); // after the pools: what arrives now is destroyed
        closeQuarantine();
        checkUnpooledBack();
        ends.add(unpooledBack);
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    }

    /** Null as long as the class was not used. */
    @SuppressWarnings("unchecked") // the array's element type
    @Nullable
    Pool<PooledBuf> existing(int sizeClass) {
        return (Pool<PooledBuf>) POOL.getAcquire(pools, sizeClass);
    }

    void addUnpooledTo(StatsSum sum) {
        sum.addUnpooled(unpooledCreated.sum(), unpooledDestroyed.sum(), unpooledLeaked.sum(), unpooledBytes.get());
    }

    MemoryStats stats() {
        countLeaks();
        StatsSum sum = new StatsSum();
        for (int c = 0; c < pools.length; c++) {
            Pool<PooledBuf> pool = existing(c);
            if (pool != null) {
                sum.add(pool.stats(), SizeClasses.bytes(c));
            }
        }
        loops.forEach(loop -> loop.returns(isDirect).addTo(sum));
        forEachQuarantined(buf -> sum.addReturned(1, buf.memoryBytes()));
        addUnpooledTo(sum);
        return sum.toStats(kind.limit(), retiredBytes.sum());
    }

    long reservedBytes() {
        return kind.limit().reservedBytes();
    }
}
