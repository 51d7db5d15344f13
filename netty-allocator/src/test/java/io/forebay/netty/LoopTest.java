package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An event loop and the allocator's clock. */
class LoopTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofMillis(20)).build();

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertThat(allocator.metric().direct().reservedBytes()).isZero();
        assertThat(allocator.metric().direct().created())
                .isEqualTo(allocator.metric().direct().destroyed());
    }

    @Test
    void anIdleLoopGivesItsBuffersBackAndIsThenLeftAlone() throws Exception {
        loop.submit(() -> {
                    List<ByteBuf> bufs = new ArrayList<>();
                    for (int size = 64; size <= 1 << 20; size *= 2) {
                        bufs.add(allocator.directBuffer(size));
                    }
                    bufs.forEach(ByteBuf::release);
                })
                .sync();
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().reservedBytes()).isZero());
        assertThat(loop.pendingTasks()).isZero();
    }

    @Test
    void aTurnThatIsRunOnAnotherThreadDoesNothing() throws Exception {
        List<Object> done = new ArrayList<>();
        Loop moved = loop.submit(
                        () -> new Loop(ImmediateEventExecutor.INSTANCE, taken -> !done.add(taken), closed -> {}))
                .get();
        moved.execute(() -> done.add("aged"));
        for (int i = 0; i < 2; i++) {
            assertThat(moved.flush()).isTrue();
            assertThat(done).isEmpty();
        }
        loop.submit(moved::flush).sync();
        assertThat(done).containsExactly(moved, "aged");
    }

    @Test
    void oneThreadAtATimeTakesInWhatADeadLoopLeft() throws Exception {
        Collection<Thread> atIt = new ConcurrentLinkedQueue<>();
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> free = new CompletableFuture<>();
        FutureTask<Loop> ended =
                new FutureTask<>(() -> new Loop(ImmediateEventExecutor.INSTANCE, taken -> false, dead -> {
                    atIt.add(Thread.currentThread());
                    if (begun.getCount() > 0) {
                        begun.countDown();
                        free.join();
                    }
                }));
        Thread thread = new Thread(ended);
        thread.start();
        thread.join();
        Loop dead = ended.get();
        FutureTask<Boolean> first = new FutureTask<>(dead::flush);
        Thread taker = new Thread(first);
        taker.start();
        begun.await();
        assertThat(dead.flush()).as("another thread is still at it").isTrue();
        assertThat(atIt).containsExactly(taker);
        assertThat(free.complete(null)).isTrue();
        assertThat(first.get()).isFalse();
        assertThat(dead.flush()).as("as it does after one that failed").isFalse();
        assertThat(atIt).hasSize(2);
    }

    @Test
    void aLoopThatIsStuckCollectsNoTasks() throws Exception {
        loop.submit(() -> allocator.directBuffer(100).release()).sync();
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        var task = loop.submit(() -> {
            allocator.directBuffer(200).release();
            stuck.countDown();
            free.await();
            return null;
        });
        stuck.await();
        for (int i = 0; i < 50; i++) {
            allocator.trim();
        }
        assertThat(loop.pendingTasks()).isLessThanOrEqualTo(1);
        free.countDown();
        task.sync();
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().reservedBytes()).isZero());
    }
}
