package io.forebay.benchmarks;

import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * Runs JMH's workers on threads that Netty takes for event loops, because they are: {@code FastThreadLocalThread}s, each
 * owned by a real {@code EventExecutor}.
 *
 * <p>JMH submits one task per worker and iteration; the group hands them out in turn, so a worker meets the same thread
 * in every iteration. What an allocator posts to a loop runs there when the iteration ends.
 *
 * <p>Made by JMH, by name: {@code -Djmh.executor=CUSTOM -Djmh.executor.class=...}.
 */
public final class EventLoopExecutor extends DefaultEventExecutorGroup {
    public EventLoopExecutor(int workers, String prefix) {
        super(workers, new DefaultThreadFactory(prefix, /* daemon= */ true));
    }
}
