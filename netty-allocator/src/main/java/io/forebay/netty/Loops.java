package io.forebay.netty;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The event loops that use an allocator. */
final class Loops {
    private final int sizeClasses;
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
            }
        }
    };

    Loops(int sizeClasses) {
        this.sizeClasses = sizeClasses;
    }

    /** The calling thread's loop, null if it is none. */
    @Nullable
    Loop current() {
        // Only these threads: on any other a FastThreadLocal costs a whole table, a virtual thread's included.
        return Thread.currentThread() instanceof FastThreadLocalThread ? current.get() : null;
    }

    private @Nullable Loop newLoop() {
        EventExecutor eventLoop = NettyInternals.currentEventLoop();
        if (eventLoop == null) {
            return null;
        }
        Loop loop = new Loop(eventLoop, sizeClasses);
        loops.add(loop);
        return loop;
    }

    /** Has every loop run the ageing tasks that were collected for it. */
    void flush() {
        loops.removeIf(loop -> !loop.flush());
    }
}
