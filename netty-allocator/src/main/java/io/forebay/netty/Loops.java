package io.forebay.netty;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The event loops that use an allocator. */
final class Loops {
    private final SlotTable direct = new SlotTable();
    private final SlotTable heap = new SlotTable();
    private volatile @Nullable Homeward homeward; // null once the allocator has ended
    private final Set<Loop> loops = ConcurrentHashMap.newKeySet();
    private final FastThreadLocal<@Nullable Loop> current = new FastThreadLocal<>() {
        @Override
        protected @Nullable Loop initialValue() {
            return newLoop();
        }

        @Override
        protected void onRemoval(@Nullable Loop loop) {
            if (loop != null) {
                loop.detach();
                loops.remove(loop);
                resetTables();
            }
        }
    };

    /** What {@link Loop} is to do about buffers that others returned. */
    private record Homeward(Predicate<Loop> takeReturned, Consumer<Loop> closeReturns) {}

    /** Loops, with what {@link Loop} is to do about buffers that others returned. */
    Loops(Predicate<Loop> takeReturned, Consumer<Loop> closeReturns) {
        this.homeward = new Homeward(takeReturned, closeReturns);
    }

    void forEach(Consumer<Loop> action) {
        loops.forEach(action);
    }

    int count() {
        return loops.size();
    }

    /** The calling thread's loop, null if it is none. */
    @Nullable
    Loop current() {
        // Only these threads: on any other a FastThreadLocal costs a whole table, a virtual thread's included.
        return Thread.currentThread() instanceof FastThreadLocalThread ? current.get() : null;
    }

    private @Nullable Loop newLoop() {
        EventExecutor eventLoop = NettyInternals.currentEventLoop();
        Homeward homeward = this.homeward;
        if (eventLoop == null || homeward == null) {
            return null;
        }
        Loop loop = new Loop(eventLoop, homeward.takeReturned(), homeward.closeReturns());
        loops.add(loop);
        if (this.homeward == null) { // looked at after the loop was added: an end meanwhile may have missed it
            end();
            return null;
        }
        resetTables();
        return loop;
    }

    /**
     * The allocator has ended: what its threads keep of it, for as long as they live, leads to it no more. Any number of
     * times.
     */
    void end() {
        homeward = null;
        loops.forEach(Loop::end);
        loops.clear();
        resetTables();
    }

    /** Where the loops' slots of a kind of memory are found. */
    SlotTable slots(boolean direct) {
        return direct ? this.direct : heap;
    }

    private void resetTables() {
        long[] threadIds = loops.stream().mapToLong(Loop::threadId).toArray();
        direct.reset(threadIds);
        heap.reset(threadIds);
    }

    /** Has every loop run the ageing tasks that were collected for it; one that fails keeps no other from its turn. */
    void flush() {
        Attempts attempts = new Attempts();
        loops.forEach(loop -> attempts.attempt(() -> flush(loop)));
        attempts.rethrow();
    }

    private void flush(Loop loop) {
        if (!loop.flush()) {
            loops.remove(loop);
            resetTables();
        }
    }
}
