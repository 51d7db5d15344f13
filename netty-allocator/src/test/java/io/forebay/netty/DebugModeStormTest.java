package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Eight threads, half of them event loops, each of which now and then releases what it released before. */
class DebugModeStormTest {
    private static final int STEPS = 4_000;

    private final MemoryBudget budget = MemoryBudget.create("tenant", 64L << 20);
    private final BlockingQueue<ByteBuf> post = new ArrayBlockingQueue<>(64);
    private final ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();
    private final AtomicLong attempted = new AtomicLong();
    private final AtomicLong caught = new AtomicLong();

    @Test
    void everyMisuseIsCaughtAndNobodyElseIsDisturbed() throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
        ForebayAllocator allocator = ForebayAllocator.builder()
                .debug(true)
                .zeroOnRelease(true)
                .cyclePeriod(Duration.ofMillis(10))
                .build();
        ByteBufAllocator view = allocator.withBudget(budget);
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(4);
        try {
            List<CompletableFuture<Void>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int seed = i;
                running.add(CompletableFuture.runAsync(() -> hammer(view, new Random(seed)), loops.next()));
                running.add(CompletableFuture.runAsync(
                        () -> hammer(view, new Random(seed + 100)), task -> new Thread(task).start()));
            }
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
            post.forEach(ByteBuf::release);
            assertThat(budget.used()).isZero();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
            allocator.close();
            allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.leaked()).isZero();
            assertThat(stats.created()).isPositive().isEqualTo(stats.destroyed());
            assertThat(stats.reservedBytes()).isZero();
        }
        assertThat(reported).isEmpty();
        assertThat(attempted.get()).isPositive();
        assertThat(caught.get()).isEqualTo(attempted.get());
    }

    private void hammer(ByteBufAllocator view, Random random) {
        List<ByteBuf> dead = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            int size = 8 << random.nextInt(12);
            ByteBuf buf = random.nextBoolean() ? view.directBuffer(size) : view.heapBuffer(size);
            if (random.nextInt(4) == 0) {
                buf.capacity(3 * size);
            }
            buf.setLong(0, step);
            if (random.nextBoolean() && post.offer(buf)) {
                buf = post.poll();
            }
            if (buf != null) {
                buf.setLong(0, buf.getLong(0));
                buf.release();
                dead.add(buf);
            }
            if (!dead.isEmpty() && random.nextInt(4) == 0) {
                misuse(dead.get(random.nextInt(dead.size())), random);
            }
        }
    }

    private void misuse(ByteBuf dead, Random random) {
        attempted.incrementAndGet();
        try {
            switch (random.nextInt(3)) {
                case 0 -> dead.release();
                case 1 -> dead.retain();
                default -> dead.setLong(0, -1);
            }
        } catch (IllegalReferenceCountException refused) {
            if (refused.getCause() != null) {
                caught.incrementAndGet();
            }
        }
    }
}
