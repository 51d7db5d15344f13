package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Eight threads, half of them event loops, and three tenants that want more than they have. */
class BudgetViewStormTest {
    private static final int STEPS = 6_000;
    private static final long TENANT_BYTES = 3L << 20;
    private static final long PROCESS_BYTES = 7L << 20; // less than all tenants together

    private final MemoryBudget process = MemoryBudget.create("process", PROCESS_BYTES);
    private final List<MemoryBudget> budgets = Stream.of("a", "b", "c")
            .map(name -> process.child(name, TENANT_BYTES))
            .toList();
    private final BlockingQueue<ByteBuf> post = new ArrayBlockingQueue<>(64);
    private final AtomicLong served = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    @Test
    void noBudgetIsEverExceededAndEveryChargeComesBack() throws Exception {
        ForebayAllocator allocator = ForebayAllocator.create();
        List<ByteBufAllocator> views =
                budgets.stream().map(allocator::withBudget).toList();
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Long> mostUsed =
                CompletableFuture.supplyAsync(() -> watch(done), task -> new Thread(task).start());
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE); // so that some are watched
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(4);
        try {
            List<CompletableFuture<Void>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int seed = i;
                running.add(CompletableFuture.runAsync(() -> hammer(views, new Random(seed)), loops.next()));
                running.add(CompletableFuture.runAsync(
                        () -> hammer(views, new Random(seed + 100)), task -> new Thread(task).start()));
            }
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
        } finally {
            ResourceLeakDetector.setLevel(level);
            post.forEach(ByteBuf::release);
            done.set(true);
        }
        assertThat(mostUsed.get(60, TimeUnit.SECONDS)).isLessThanOrEqualTo(PROCESS_BYTES);
        assertThat(served.get()).isPositive();
        assertThat(refused.get()).isPositive();
        budgets.forEach(budget -> assertThat(budget.peak()).isPositive().isLessThanOrEqualTo(TENANT_BYTES));
        budgets.forEach(budget -> assertThat(budget.used()).isZero());
        assertThat(process.used()).isZero();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
        allocator.close();
        allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.leaked()).isZero();
            assertThat(stats.created()).isPositive().isEqualTo(stats.destroyed());
            assertThat(stats.reservedBytes()).isZero();
        }
    }

    /** Misuse, as in life: both believe to hold the last reference. One is refused, or the loop is told a little later. */
    @Test
    void ofTwoReleasesOfTheLastReferenceOneDischarges() throws Exception {
        ForebayAllocator allocator = ForebayAllocator.create();
        ByteBufAllocator view = allocator.withBudget(process);
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(2);
        EventExecutor home = loops.next();
        EventExecutor other = loops.next();
        for (int i = 0; i < 5_000; i++) {
            ByteBuf buf = home.submit(() -> view.directBuffer(100)).get();
            CyclicBarrier start = new CyclicBarrier(2);
            Future<Boolean> here = home.submit(() -> releases(buf, start));
            Future<Boolean> there = other.submit(() -> releases(buf, start));
            boolean atHome = here.get();
            boolean elsewhere = there.get();
            assertThat(atHome || elsewhere).as("round %d", i).isTrue();
            assertThat(process.used()).isZero();
        }
        assertThat(allocator.metric().direct().inUse()).isZero();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
        allocator.close();
        allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.created()).isEqualTo(direct.destroyed());
    }

    private static boolean releases(ByteBuf buf, CyclicBarrier start) throws Exception {
        start.await(60, TimeUnit.SECONDS);
        try {
            return buf.release();
        } catch (IllegalReferenceCountException refused) {
            return false;
        }
    }

    private long watch(AtomicBoolean done) {
        long most = 0;
        while (!done.get()) {
            most = Math.max(most, process.used());
            for (MemoryBudget budget : budgets) {
                assertThat(budget.used()).isLessThanOrEqualTo(TENANT_BYTES);
            }
        }
        return most;
    }

    /** Allocates, grows, slices, and hands most buffers to whoever comes to release them. */
    private void hammer(List<ByteBufAllocator> views, Random random) {
        for (int step = 0; step < STEPS; step++) {
            ByteBuf buf = allocate(views.get(random.nextInt(views.size())), random);
            if (buf != null && !post.offer(buf)) {
                buf.release();
            }
            if (random.nextInt(3) == 0) {
                ByteBuf arrived = post.poll();
                if (arrived != null) {
                    arrived.release();
                }
            }
        }
    }

    private @Nullable ByteBuf allocate(ByteBufAllocator view, Random random) {
        int size = 1 << random.nextInt(6, 20);
        ByteBuf buf = null;
        try {
            buf = random.nextBoolean() ? view.directBuffer(size) : view.heapBuffer(size);
            if (random.nextInt(4) == 0) {
                buf.capacity(2 * size);
            }
            served.incrementAndGet();
        } catch (MemoryLimitError error) {
            refused.incrementAndGet();
        }
        if (buf == null || random.nextInt(4) != 0) {
            return buf;
        }
        ByteBuf slice = buf.retainedSlice();
        buf.release();
        return slice;
    }
}
