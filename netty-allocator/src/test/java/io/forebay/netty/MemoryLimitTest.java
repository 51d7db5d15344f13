package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.BudgetListener;
import io.forebay.pool.BudgetWaiter;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The hard limit: never exceeded, told of in full, and nothing is lost at it. */
class MemoryLimitTest {
    private static final int MIB = 1 << 20;

    private final List<ForebayAllocator> allocators = new ArrayList<>();

    private ForebayAllocator allocator(ForebayAllocatorBuilder builder) {
        ForebayAllocator allocator = builder.build();
        allocators.add(allocator);
        return allocator;
    }

    private static ForebayAllocatorBuilder limited(long bytes) {
        return ForebayAllocator.builder().name("small").maxMemory(bytes);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (ForebayAllocator allocator : allocators) {
            assertThat(allocator.metric().direct().inUse()).isZero();
            assertThat(allocator.metric().heap().inUse()).isZero();
            allocator.close();
            allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(allocator.budget().used()).isZero();
        }
    }

    @Test
    void aGrowthThatNeedsNoRoomHitsNoLimitThoughSomebodyWaitsForSome() {
        ForebayAllocator allocator = allocator(limited(MIB));
        ByteBuf neighbour = allocator.directBuffer(1024);
        ByteBuf idle = allocator.directBuffer(100_000);
        ByteBuf buf = allocator.directBuffer(64);
        idle.release();
        long reserved = allocator.metric().direct().reservedBytes();
        BudgetWaiter waiter = allocator.budget().reserveAsync(MIB, Runnable::run, new Ignored());
        buf.capacity(1000);
        assertThat(allocator.metric().direct().limitHits()).isZero();
        assertThat(allocator.budget().stats().refusals()).isZero();
        assertThat(allocator.metric().direct().reservedBytes()).isEqualTo(reserved);
        assertThat(waiter.cancel()).isTrue();
        neighbour.release();
        buf.release();
    }

    private static final class Ignored implements BudgetListener {
        @Override
        public void granted(BudgetWaiter waiter) {}

        @Override
        public void failed(BudgetWaiter waiter, Throwable failure) {}
    }

    @Test
    void theErrorNamesAllocatorLimitUseAndRequest() {
        ForebayAllocator allocator = allocator(limited(2 * MIB));
        ByteBuf held = allocator.directBuffer(MIB);
        assertThatThrownBy(() -> allocator.directBuffer(2 * MIB))
                .isInstanceOf(OutOfMemoryError.class)
                .isInstanceOfSatisfying(MemoryLimitError.class, error -> {
                    assertThat(error.requestedBytes()).isEqualTo(2 * MIB);
                    assertThat(error.limitBytes()).isEqualTo(2 * MIB);
                })
                .hasMessageContaining("allocator small")
                .hasMessageContaining("requested 2097152 B")
                .hasMessageContaining("1048576 of 2097152 B");
        held.release();
    }

    @Test
    void atTheLimitWhatIsIdleInOtherClassesIsReclaimed() {
        ForebayAllocator allocator = allocator(limited(4 * MIB));
        for (int round = 0; round < 20; round++) {
            for (int size = 1 << 10; size <= 2 * MIB; size *= 2) {
                ByteBuf direct = allocator.directBuffer(size);
                direct.release();
                allocator.heapBuffer(size).release();
            }
        }
        assertThat(allocator.budget().peak()).isLessThanOrEqualTo(4 * MIB);
    }

    @Test
    void atTheLimitWhatWasLostIsLookedFor() {
        ForebayAllocator allocator = allocator(limited(MIB).cyclePeriod(Duration.ofHours(1)));
        lose(allocator.heapBuffer(MIB));
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            System.gc();
            return fits(allocator);
        });
        assertThat(allocator.metric().heap().leaked()).isEqualTo(1);
    }

    private static boolean lose(ByteBuf buf) {
        return buf.refCnt() > 0;
    }

    private static boolean fits(ForebayAllocator allocator) {
        try {
            return allocator.heapBuffer(MIB).release();
        } catch (MemoryLimitError refused) {
            return false;
        }
    }

    @Test
    void whereNoWholeSlabFitsASmallerOneIsTaken() {
        ForebayAllocator allocator = allocator(limited(10 << 10));
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            held.add(allocator.directBuffer(1024));
        }
        assertThatThrownBy(() -> allocator.directBuffer(1024)).isInstanceOf(MemoryLimitError.class);
        held.remove(0).release();
        held.add(allocator.directBuffer(1024));
        assertThat(allocator.budget().used()).isEqualTo(10 << 10);
        held.forEach(ByteBuf::release);
    }

    /** Once an allocator was at its limit, what loops hold idle can be had without them. */
    @Test
    void atTheLimitNothingIdleIsOutOfReach() throws Exception {
        ForebayAllocator allocator = allocator(limited(4 * MIB));
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(2);
        EventExecutor first = loops.next();
        EventExecutor second = loops.next();
        first.submit(() -> fillAndRelease(allocator).release()).get(60, TimeUnit.SECONDS);
        try {
            allocator.directBuffer(4 * MIB).release(); // may come too early for what the loop keeps to itself
        } catch (MemoryLimitError early) {
            assertThat(early.requestedBytes()).isEqualTo(4 * MIB);
        }
        // What the loop lets go of then is destroyed by the clock, which might lose its core in the midst of one.
        first.submit(() -> {}).get(60, TimeUnit.SECONDS);
        CountDownLatch destroyed = new CountDownLatch(1);
        allocator.clock().execute(destroyed::countDown);
        destroyed.await();
        for (int round = 0; round < 10; round++) {
            ByteBuf elsewhere = first.submit(() -> fillAndRelease(allocator)).get(60, TimeUnit.SECONDS);
            elsewhere.release(); // not on its loop
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            Future<?> block = first.submit(() -> {
                blocked.countDown();
                end.await();
                return null;
            });
            blocked.await();
            boolean direct = round % 2 == 0;
            second.submit(() -> (direct ? allocator.directBuffer(4 * MIB) : allocator.heapBuffer(4 * MIB)).release())
                    .get(60, TimeUnit.SECONDS);
            end.countDown();
            block.get(60, TimeUnit.SECONDS);
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
    }

    /** Leaves 3 MiB idle, in three classes, and returns one buffer more. */
    private static ByteBuf fillAndRelease(ForebayAllocator allocator) {
        ByteBuf kept = allocator.directBuffer(512);
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            held.add(allocator.directBuffer(16 << 10));
            held.add(allocator.directBuffer(1 << 10));
        }
        held.add(allocator.heapBuffer(MIB));
        held.forEach(ByteBuf::release);
        return kept;
    }

    @Test
    void growthIsCountedAndAFailedOneLeavesTheBufferAsItWas() {
        ForebayAllocator allocator = allocator(limited(MIB));
        ByteBuf direct = allocator.directBuffer(64).writeLong(42);
        ByteBuf heap = allocator.heapBuffer(64).writeLong(43);
        assertThatThrownBy(() -> direct.capacity(2 * MIB)).isInstanceOf(MemoryLimitError.class);
        assertThatThrownBy(() -> heap.capacity(2 * MIB)).isInstanceOf(MemoryLimitError.class);
        assertThat(direct.capacity()).isEqualTo(64);
        assertThat(direct.getLong(0)).isEqualTo(42);
        assertThat(heap.getLong(0)).isEqualTo(43);
        direct.release();
        heap.release();
    }

    @Test
    void theRoomForOneMoreDoublingIsGivenUpWhereItWouldBeTooMuch() {
        ForebayAllocator allocator =
                allocator(ForebayAllocator.builder().maxDirectMemory(48 << 10).maxMemory(72 << 10));
        ByteBuf direct = allocator.directBuffer(16 << 10).writeLong(42);
        direct.capacity(20 << 10);
        assertThat(direct.maxFastWritableBytes()).isEqualTo((20 << 10) - Long.BYTES);
        assertThat(direct.readLong()).isEqualTo(42);
        ByteBuf heap = allocator.heapBuffer(16 << 10).writeLong(43);
        heap.capacity(20 << 10);
        assertThat(heap.readLong()).isEqualTo(43);
        assertThat(allocator.metric().direct().limitHits()).isZero(); // nothing failed
        assertThat(allocator.metric().heap().limitHits()).isZero();
        direct.release();
        heap.release();
    }

    @Test
    void unpooledBuffersAndCompositePartsAreCounted() {
        ForebayAllocator allocator = allocator(limited(16 * MIB));
        ByteBuf unpooled = allocator.directBuffer(9 * MIB);
        assertThat(allocator.budget().used()).isGreaterThanOrEqualTo(9 * MIB);
        ByteBuf composite = allocator.compositeDirectBuffer(8).addComponent(true, allocator.directBuffer(MIB));
        assertThat(allocator.budget().used()).isGreaterThanOrEqualTo(10 * MIB);
        assertThatThrownBy(() -> allocator.heapBuffer(9 * MIB)).isInstanceOf(MemoryLimitError.class);
        unpooled.release();
        allocator.heapBuffer(9 * MIB).release();
        composite.release();
    }

    @Test
    void bufferFallsBackToHeapOnlyIfAskedTo() {
        ForebayAllocator strict = allocator(ForebayAllocator.builder().maxDirectMemory(64 << 10));
        ForebayAllocator falling =
                allocator(ForebayAllocator.builder().maxDirectMemory(64 << 10).heapFallback(true));
        assertThatThrownBy(() -> strict.buffer(MIB)).isInstanceOf(MemoryLimitError.class);
        assertThatThrownBy(() -> falling.directBuffer(MIB)).isInstanceOf(MemoryLimitError.class);
        assertThatThrownBy(() -> falling.ioBuffer(MIB)).isInstanceOf(MemoryLimitError.class);
        for (ByteBuf heap : List.of(falling.buffer(MIB), falling.buffer(MIB, 2 * MIB))) {
            assertThat(heap.isDirect()).isFalse();
            heap.release();
        }
        ByteBuf direct = falling.buffer();
        assertThat(direct.isDirect()).isTrue();
        direct.release();
    }

    @Test
    void severalAllocatorsShareABudget() {
        MemoryBudget shared = MemoryBudget.create("process", 4 * MIB);
        ForebayAllocator one = allocator(ForebayAllocator.builder().name("one").budget(shared));
        ForebayAllocator two = allocator(ForebayAllocator.builder().name("two").budget(shared));
        ByteBuf held = one.directBuffer(3 * MIB);
        assertThatThrownBy(() -> two.directBuffer(2 * MIB))
                .isInstanceOf(MemoryLimitError.class)
                .hasMessageContaining("process");
        held.release();
        one.close(); // which gives all back, soon
        one.termination().toCompletableFuture().join();
        two.directBuffer(2 * MIB).release();
    }

    @Test
    void theLimitCanBeChanged() {
        ForebayAllocator allocator = allocator(limited(MIB));
        assertThatThrownBy(() -> allocator.directBuffer(2 * MIB)).isInstanceOf(MemoryLimitError.class);
        allocator.budget().setLimit(4 * MIB);
        allocator.directBuffer(2 * MIB).release();
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> ForebayAllocator.builder().maxMemory(0)).hasMessageContaining("maxMemory=0");
        assertThatThrownBy(() -> ForebayAllocator.builder().maxDirectMemory(-1))
                .hasMessageContaining("maxDirectMemory=-1");
    }

    /** Eight threads, half of them event loops, that want three times what there is. */
    @Test
    void underEightThreadsTheLimitHoldsAtEveryMoment() throws Exception {
        long limit = 8L * MIB;
        ForebayAllocator allocator = allocator(limited(limit));
        AtomicBoolean over = new AtomicBoolean();
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong refused = new AtomicLong();
        AtomicLong served = new AtomicLong();
        long before = PlatformDependent.usedDirectMemory(); // Netty's own count, -1 where it keeps none
        Thread watcher = new Thread(() -> {
            while (!done.get()) {
                if (allocator.budget().used() > limit || PlatformDependent.usedDirectMemory() - before > limit) {
                    over.set(true);
                }
            }
        });
        watcher.start();
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(4);
        List<Future<?>> onLoops = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        Phaser allDone = new Phaser(8);
        for (int i = 0; i < 4; i++) {
            long seed = i;
            onLoops.add(loops.submit(() -> hammer(allocator, new Random(seed), served, refused, allDone)));
            threads.add(new Thread(() -> hammer(allocator, new Random(seed + 100), served, refused, allDone)));
        }
        threads.forEach(Thread::start);
        for (Future<?> onLoop : onLoops) {
            onLoop.get(120, TimeUnit.SECONDS);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        done.set(true);
        watcher.join();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
        assertThat(over).isFalse();
        assertThat(served.get()).isPositive();
        assertThat(refused.get()).isPositive();
        assertThat(allocator.budget().peak()).isLessThanOrEqualTo(limit);
    }

    /** Keeps what it has in the end until all have come there: together that is more than there is, even if they ran in turn. */
    private static void hammer(
            ForebayAllocator allocator, Random random, AtomicLong served, AtomicLong refused, Phaser allDone) {
        ArrayDeque<ByteBuf> held = new ArrayDeque<>();
        try {
            hammer(allocator, random, served, refused, held);
        } finally {
            allDone.arriveAndAwaitAdvance();
            held.forEach(ByteBuf::release);
        }
    }

    private static void hammer(
            ForebayAllocator allocator,
            Random random,
            AtomicLong served,
            AtomicLong refused,
            ArrayDeque<ByteBuf> held) {
        for (int i = 0; i < 3_000; i++) {
            int size = 1 << random.nextInt(8, 19);
            try {
                ByteBuf buf = random.nextBoolean() ? allocator.directBuffer(size) : allocator.heapBuffer(size);
                held.add(buf);
                if (random.nextInt(8) == 0) {
                    buf.capacity(2 * size);
                }
                served.incrementAndGet();
            } catch (MemoryLimitError error) {
                refused.incrementAndGet();
            }
            while (held.size() > 40 || (!held.isEmpty() && random.nextInt(3) == 0)) {
                held.remove().release();
            }
        }
    }
}
