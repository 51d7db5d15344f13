package io.forebay.netty;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The event loops that use an allocator. */
final class Loops {
    private final int sizeClasses;
    private final Consumer<Loop> takeReturned;
    private final Consumer<Loop> closeReturns;
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

    /** Loops, with what {@link Loop} is to do about buffers that others returned. */
    Loops(int sizeClasses, Consumer<Loop> takeReturned, Consumer<Loop> closeReturns) {
        this.sizeClasses = sizeClasses;
        this.takeReturned = takeReturned;
        this.closeReturns = closeReturns;
    }

    void forEach(Consumer<Loop> action) {
        loops.forEach(action);
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
        Loop loop = new Loop(eventLoop, sizeClasses, takeReturned, closeReturns);
        loops.add(loop);
        return loop;
    }

    /** Has every loop run the ageing tasks that were collected for it. */
    void flush() {
        loops.removeIf(loop -> !loop.flush());
    }
}
