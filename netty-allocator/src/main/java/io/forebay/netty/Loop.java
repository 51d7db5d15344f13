package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import io.netty.util.concurrent.EventExecutor;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One event loop's slots in all pools of an allocator; and the executor of their ageing, one task for all. */
final class Loop implements Executor {
    /** What was released elsewhere lies in that processor's cache: a batch takes some tens of microseconds. */
    static final int RETURN_BATCH = 64;

    private final Thread thread = Thread.currentThread();
    private final EventExecutor eventLoop;
    private final @Nullable Slot<PooledBuf>[] direct;
    private final @Nullable Slot<PooledBuf>[] heap;
    private final Returns directReturns = new Returns();
    private final Returns heapReturns = new Returns();

    // Until the allocator has ended.
    private volatile @Nullable Predicate<Loop> takeReturned;
    private volatile @Nullable Consumer<Loop> closeReturns;

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean(); // so that a loop that is stuck collects no tasks
    private final AtomicBoolean emptying = new AtomicBoolean(); // what comes back has one taker at a time, here too
    private long batchesLeft; // on the loop only

    /**
     * The loop of the calling thread.
     *
     * @param takeReturned makes idle, on the loop, up to {@link #RETURN_BATCH} of each kind that others have returned, and
     *     as many that overflowed; false if there are no more
     * @param closeReturns ends that, on any thread, once the loop is gone
     */
    Loop(EventExecutor eventLoop, Predicate<Loop> takeReturned, Consumer<Loop> closeReturns) {
        this.eventLoop = eventLoop;
        this.direct = newSlots();
        this.heap = newSlots();
        this.takeReturned = takeReturned;
        this.closeReturns = closeReturns;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static @Nullable Slot<PooledBuf>[] newSlots() {
        return new Slot[SizeClasses.COUNT];
    }

    /** By size class; null where the loop has not used the class yet. On the loop only, but for a look. */
    @Nullable
    Slot<PooledBuf>[] slots(boolean direct) {
        return direct ? this.direct : heap;
    }

    boolean isCurrentThread() {
        return thread == Thread.currentThread();
    }

    @SuppressWarnings("deprecation") // the id that is meant, up to JDK 18 the only one
    long threadId() {
        return thread.getId();
    }

    String threadName() {
        return thread.getName();
    }

    Returns returns(boolean direct) {
        return direct ? directReturns : heapReturns;
    }

    /** Attaches a slot to a pool that the loop uses for the first time. On the loop only. */
    Slot<PooledBuf> attach(@Nullable Slot<PooledBuf>[] slots, int sizeClass, Pool<PooledBuf> pool) {
        Slot<PooledBuf> slot = pool.attach(this);
        slots[sizeClass] = slot;
        return slot;
    }

    /** The allocator has ended, so nothing is in use, idle or on its way: forgets all that leads to it. Any thread. */
    void end() {
        takeReturned = null;
        closeReturns = null;
        tasks.clear();
        Arrays.fill(direct, null);
        Arrays.fill(heap, null);
    }

    /** The loop's thread is ending: what it holds is left for others to steal. On the loop only. */
    void detach() {
        closeReturns();
        detach(direct);
        detach(heap);
    }

    private void closeReturns() {
        Consumer<Loop> closeReturns = this.closeReturns;
        if (closeReturns != null) {
            closeReturns.accept(this);
        }
    }

    private boolean takeReturned() {
        Predicate<Loop> takeReturned = this.takeReturned;
        return takeReturned != null && takeReturned.test(this);
    }

    private static void detach(@Nullable Slot<PooledBuf>[] slots) {
        for (Slot<PooledBuf> slot : slots) {
            if (slot != null) {
                slot.detach();
            }
        }
    }

    /** Takes an ageing task; {@link #flush} has all of them run in one go, so that an idle loop wakes once a cycle. */
    @Override
    public void execute(Runnable task) {
        if (takeReturned == null) {
            throw new RejectedExecutionException("the allocator has ended");
        }
        tasks.add(task);
    }

    /** Hands what was collected and returned to the event loop. Returns false once the loop is dead, and has been emptied. */
    boolean flush() {
        boolean some = !tasks.isEmpty() || !directReturns.isEmpty() || !heapReturns.isEmpty();
        if (some && scheduled.compareAndSet(false, true)) {
            schedule();
        }
        return thread.getState() != Thread.State.TERMINATED || !empty();
    }

    /** Takes the dead loop's place; false if another thread is at that: the clock, a trim, whoever allocates at a limit. */
    private boolean empty() {
        if (!emptying.compareAndSet(false, true)) { // with false come the last taker's changes
            return false;
        }
        try {
            closeReturns();
        } finally {
            emptying.set(false); // should this one have failed, the next goes on where it was
        }
        return true;
    }

    /**
     * Where the loop refuses, as its queue is full or it is ending, the tasks stay for the next cycle: no slot hands its own
     * over again before it has run. With a dead loop they go, and its slots are detached or adopted.
     */
    private void schedule() {
        boolean done = false;
        try {
            done = submit(this::beginTurn);
        } finally {
            if (!done) {
                scheduled.set(false);
            }
        }
    }

    private boolean submit(Runnable step) {
        try {
            eventLoop.execute(step);
            return true;
        } catch (RejectedExecutionException shutDownOrFull) {
            return false;
        }
    }

    /** Whether the event loop goes on on another thread, as after a suspension: what is here is not that thread's. */
    private boolean isMoved() {
        if (isCurrentThread()) {
            return false;
        }
        scheduled.set(false); // the next cycle finds the thread dead, or tries again
        return true;
    }

    private void beginTurn() {
        if (isMoved()) {
            return;
        }
        batchesLeft = 1 + (directReturns.size() + heapReturns.size()) / RETURN_BATCH;
        takeBatch();
    }

    /**
     * Takes home a batch of what was there when the turn began, then lets the loop do its own work in between; what was
     * returned since waits for the next turn, or ageing would wait for ever where others release all the time.
     */
    private void takeBatch() {
        if (isMoved()) {
            return;
        }
        boolean more = false;
        try {
            batchesLeft--;
            boolean some = takeReturned() && (batchesLeft > 0 || directReturns.isClosed());
            more = some && submit(this::takeBatch);
        } finally {
            if (!more) {
                scheduled.set(false); // before the queue is looked at: a task that comes later schedules anew
            }
        }
        if (!more) {
            runTasks();
        }
    }

    /** After the last batch: it ages with the rest. */
    private void runTasks() {
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            task.run();
        }
        settle(direct);
        settle(heap);
    }

    /** What came back to a slot that had no task of its own counts as idle from this cycle on, too. */
    private static void settle(@Nullable Slot<PooledBuf>[] slots) {
        for (Slot<PooledBuf> slot : slots) {
            if (slot != null) {
                slot.settle();
            }
        }
    }
}
