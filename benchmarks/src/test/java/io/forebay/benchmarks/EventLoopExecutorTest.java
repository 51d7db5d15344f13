package io.forebay.benchmarks;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopExecutorTest {
    private static final long TIMEOUT_SECONDS = 30;

    private final EventLoopExecutor executor = new EventLoopExecutor(2, "worker");

    @AfterEach
    void stop() throws InterruptedException {
        var terminated = executor.shutdownGracefully(0, TIMEOUT_SECONDS, SECONDS);
        assertThat(terminated.await(TIMEOUT_SECONDS, SECONDS)).isTrue();
    }

    @Test
    void nettyTakesItsThreadsForEventLoops() throws Exception {
        Callable<Boolean> isEventLoop = () -> FastThreadLocalThread.currentThreadWillCleanupFastThreadLocals()
                && ThreadExecutorMap.currentExecutor().inEventLoop();

        assertThat(executor.submit(isEventLoop).get(TIMEOUT_SECONDS, SECONDS)).isTrue();
    }

    @Test
    void workersMeetTheSameThreadsInEveryIteration() throws Exception {
        assertThat(threadsOfOneIteration()).doesNotHaveDuplicates().isEqualTo(threadsOfOneIteration());
    }

    @Test
    void aTaskPostedToABusyLoopRunsOnItAfterwards() throws Exception {
        var posted = new CompletableFuture<Thread>();
        Callable<Thread> iteration = () -> {
            ThreadExecutorMap.currentExecutor().execute(() -> posted.complete(Thread.currentThread()));
            assertThat(posted).isNotDone();
            return Thread.currentThread();
        };

        Thread loop = executor.submit(iteration).get(TIMEOUT_SECONDS, SECONDS);

        assertThat(posted.get(TIMEOUT_SECONDS, SECONDS)).isSameAs(loop);
    }

    private List<Thread> threadsOfOneIteration() throws Exception {
        List<Future<Thread>> workers =
                List.of(executor.submit(Thread::currentThread), executor.submit(Thread::currentThread));
        List<Thread> threads = new ArrayList<>();
        for (Future<Thread> worker : workers) {
            threads.add(worker.get(TIMEOUT_SECONDS, SECONDS));
        }
        return threads;
    }
}
