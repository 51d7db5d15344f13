package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The end of an allocator whose event loops go on, or fail. */
class AllocatorCloseTest {
    private final FailingLoop one = new FailingLoop();
    private final FailingLoop other = new FailingLoop();

    /** An event loop that has, while it fails, no memory to take a task of this thread's. */
    private static final class FailingLoop extends SingleThreadEventExecutor {
        private final Thread test = Thread.currentThread();
        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean isFailing;

        FailingLoop() {
            super(null, new DefaultThreadFactory("failing"), /* addTaskWakesUp= */ true);
        }

        @Override
        protected void run() {
            do {
                Runnable task = takeTask();
                if (task != null) {
                    safeExecute(task);
                }
            } while (!confirmShutdown());
        }

        @Override
        public void execute(Runnable task) {
            if (isFailing && Thread.currentThread() == test) {
                refused.incrementAndGet();
                throw new OutOfMemoryError("made up");
            }
            super.execute(task);
        }
    }

    @AfterEach
    void end() {
        for (FailingLoop loop : List.of(one, other)) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void aLoopThatFailsKeepsNoOtherFromItsTurnAndIsAskedAgainByTheNextClose() throws Exception {
        ForebayAllocator allocator =
                ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
        for (FailingLoop loop : List.of(one, other)) {
            loop.submit(() -> allocator.directBuffer(100).release()).sync();
            loop.isFailing = true;
        }
        assertThatThrownBy(allocator::close).isInstanceOf(OutOfMemoryError.class);
        assertThat(one.refused).hasValue(1);
        assertThat(other.refused).hasValue(1);
        one.isFailing = false;
        other.isFailing = false;
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        assertThat(allocator.budget().used()).isZero();
        allocator.close();
    }

    @Test
    void threadsThatGoOnKeepNoAllocatorThatHasEnded() throws Exception {
        ExecutorService plain = Executors.newSingleThreadExecutor(new DefaultThreadFactory("plain"));
        try {
            WeakReference<ForebayAllocator> ended = useAndEnd(plain);
            await().untilAsserted(() -> {
                System.gc();
                assertThat(ended.get()).isNull();
            });
        } finally {
            plain.shutdown();
        }
    }

    private WeakReference<ForebayAllocator> useAndEnd(ExecutorService plain) throws Exception {
        ForebayAllocator allocator = ForebayAllocator.create();
        for (ExecutorService thread : List.of(one, plain)) {
            ByteBuf taken = thread.submit(() -> allocator.directBuffer(100)).get();
            thread.submit(() -> allocator.heapBuffer(1000).release()).get();
            taken.release();
        }
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        for (ExecutorService thread : List.of(one, plain)) {
            assertThatThrownBy(() ->
                            thread.submit(() -> allocator.directBuffer(100)).get())
                    .hasCauseInstanceOf(IllegalStateException.class);
            thread.submit(() -> {}).get(); // instead of the last task that its stack may hold
        }
        return new WeakReference<>(allocator);
    }
}
