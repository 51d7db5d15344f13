package io.forebay.netty;

import io.forebay.pool.Pool;
import io.forebay.pool.Slot;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One event loop's slots in all pools of an allocator; and the executor of their ageing, one task for all. */
final class Loop implements Executor {
    private final Thread thread = Thread.currentThread();
    private final EventExecutor eventLoop;
    final @Nullable Slot<PooledBuf>[] direct;
    final @Nullable Slot<PooledBuf>[] heap;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean(); // so that a loop that is stuck collects no tasks

    Loop(EventExecutor eventLoop, int sizeClasses) {
        this.eventLoop = eventLoop;
        this.direct = newSlots(sizeClasses);
        this.heap = newSlots(sizeClasses);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // generic array creation
    private static @Nullable Slot<PooledBuf>[] newSlots(int length) {
        return new Slot[length];
    }

    /** Attaches a slot to a pool that the loop uses for the first time. On the loop only. */
    Slot<PooledBuf> attach(@Nullable Slot<PooledBuf>[] slots, int sizeClass, Pool<PooledBuf> pool) {
        Slot<PooledBuf> slot = pool.attach(this);
        slots[sizeClass] = slot;
        return slot;
    }

    /** The loop's thread is ending: what it holds is left for others to steal. On the loop only. */
    void detach() {
        detach(direct);
        detach(heap);
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
        tasks.add(task);
    }

    /** Hands what was collected to the event loop. Returns false once the loop is dead. */
    boolean flush() {
        if (!tasks.isEmpty() && scheduled.compareAndSet(false, true)) {
            try {
                eventLoop.execute(this::runTasks);
            } catch (RejectedExecutionException shutDown) {
                tasks.clear(); // the thread is ending: its slots will be detached, or adopted once it is dead
                scheduled.set(false);
            }
        }
        return thread.getState() != Thread.State.TERMINATED;
    }

    private void runTasks() {
        scheduled.set(false); // before the queue is looked at: a task that comes later schedules anew
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            task.run();
        }
    }
}
