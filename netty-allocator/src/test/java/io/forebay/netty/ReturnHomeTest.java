package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ThreadProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Buffers that another thread than their event loop releases: they go home, and are idle once and counted always. */
class ReturnHomeTest {
    private static final int SIZE = 1024;
    private static final int CLOSE_ROUNDS = 100;

    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final DefaultEventExecutor otherLoop = new DefaultEventExecutor();
    private ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
    private final ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void watchForReports() {
        on(loop, () -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
            return null;
        });
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        otherLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.reservedBytes()).isZero();
        assertThat(direct.inUse()).isZero();
        assertThat(direct.created()).isEqualTo(direct.destroyed());
    }

    private static <T> T on(DefaultEventExecutor loop, Callable<T> task) {
        return loop.submit(task).syncUninterruptibly().getNow();
    }

    private ByteBuf allocateAtHome() {
        return on(loop, () -> allocator.directBuffer(SIZE));
    }

    private static ByteBuf bare(ByteBuf buf) {
        return buf.unwrap() == null ? buf : buf.unwrap(); // the leak detector may have wrapped it
    }

    /** How many buffers these are; they may all be equal, as they are empty. */
    private static int distinct(List<ByteBuf> bufs) {
        Set<ByteBuf> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        bufs.forEach(buf -> distinct.add(bare(buf)));
        return distinct.size();
    }

    @Test
    void whatIsOnItsWayHomeIsIdleInTheLedger() {
        List<ByteBuf> bufs = List.of(allocateAtHome(), allocateAtHome(), allocateAtHome());
        bufs.forEach(ByteBuf::release);
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.inUse()).isZero();
        assertThat(stats.inUseBytes()).isZero();
        assertThat(stats.idle()).isEqualTo(3);
        assertThat(stats.idleBytes()).isEqualTo(3 * SIZE);
    }

    @Test
    void theLoopHandsOutAgainWhatOthersReturned() {
        List<ByteBuf> bufs = List.of(allocateAtHome(), allocateAtHome(), allocateAtHome());
        bufs.forEach(ByteBuf::release);
        List<ByteBuf> again =
                IntStream.range(0, 3).mapToObj(i -> allocateAtHome()).toList();
        assertThat(distinct(again)).isEqualTo(3);
        assertThat(allocator.metric().direct().created()).isEqualTo(3);
        again.forEach(ByteBuf::release);
    }

    @Test
    void aBufferOnItsWayHomeIsOutOfReach() {
        ByteBuf buf = allocateAtHome();
        assertThat(buf.release()).isTrue();
        assertThat(buf.refCnt()).isZero();
        assertThatThrownBy(buf::release).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(buf::retain).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> buf.getLong(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> buf.writeLong(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> on(loop, buf::release)).isInstanceOf(IllegalReferenceCountException.class);
    }

    /** A race: the loop goes from the largest class down and meets the close, which goes up, in one of them. */
    @Test
    void whatALoopReleasesInAClassNewToItWhileTheAllocatorClosesIsDestroyed() throws Exception {
        for (int round = 0; round < CLOSE_ROUNDS; round++) {
            ForebayAllocator closing =
                    ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
            List<ByteBuf> ofNoLoop = IntStream.iterate(LargeClasses.FIRST - 1, c -> c >= 0, c -> c - 1)
                    .mapToObj(c -> closing.directBuffer(SizeClasses.bytes(c)))
                    .toList();
            AtomicInteger ready = new AtomicInteger();
            Future<?> released = loop.submit(() -> {
                meet(ready);
                ofNoLoop.forEach(ByteBuf::release);
            });
            meet(ready);
            closing.close();
            released.sync();
            closing.awaitTermination(Duration.ofSeconds(30));
            MemoryStats direct = closing.metric().direct();
            assertThat(direct.destroyed()).isEqualTo(direct.created()).isEqualTo(LargeClasses.FIRST);
        }
    }

    /** Two go on at the very moment when the second has come. */
    private static void meet(AtomicInteger ready) {
        ready.incrementAndGet();
        while (ready.get() < 2) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aTrimReachesWhatOthersReturned() {
        allocateAtHome().release();
        allocator.trim();
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().reservedBytes()).isZero());
    }

    @Test
    void anIdleLoopGivesBackWhatOthersReturnedWithinTwoCycles() {
        allocator.close();
        allocator =
                ForebayAllocator.builder().cyclePeriod(Duration.ofMillis(20)).build();
        ByteBuf buf = allocateAtHome();
        await().pollDelay(Duration.ofMillis(100)).until(() -> true); // its gets are no longer of the last cycle
        buf.release();
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().reservedBytes()).isZero());
    }

    @Test
    void aCloseTakesWhatIsOnItsWay() {
        ByteBuf before = allocateAtHome();
        ByteBuf after = allocateAtHome();
        before.release();
        allocator.close();
        await().untilAsserted(
                        () -> // the loop is taking it, and the ledger is off by what is under way
                        assertThat(allocator.metric().direct().inUse()).isEqualTo(1));
        after.release();
        assertThat(allocator.termination().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void theHomeMayBeGone() throws Exception {
        ByteBuf before = allocateAtHome();
        ByteBuf after = allocateAtHome();
        before.release();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThat(after.release()).isTrue();
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.inUse()).isZero();
        assertThat(stats.idle()).isEqualTo(2);
    }

    @Test
    void moreThanTheRingHoldsArrivesWhenTheLoopEndsAndTheThreadMayGoOn() {
        int many = ReturnRing.CAPACITY + 100;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        FastThreadLocal<Boolean> last = new FastThreadLocal<>() {
            @Override
            protected void onRemoval(Boolean value) { // after the loop's own, which was set before
                try {
                    allocator.directBuffer(SIZE).release();
                } catch (RuntimeException | Error e) {
                    failure.set(e);
                }
            }
        };
        List<ByteBuf> bufs = on(loop, () -> {
            List<ByteBuf> made = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                made.add(allocator.directBuffer(SIZE));
            }
            last.set(true);
            return made;
        });
        bufs.forEach(ByteBuf::release);
        assertThat(allocator.metric().direct().idle()).isEqualTo(many);
        ThreadProperties thread = loop.threadProperties();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        await().until(() -> !thread.isAlive()); // what it took after its loop had gone is found once it is dead
        assertThat(failure.get()).isNull();
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.inUse()).isZero();
        assertThat(stats.created()).isEqualTo(many);
        assertThat(stats.idle()).isEqualTo(many);
    }

    /** Has the loop blocked while the buffers are released here and a cycle's task is given to it; it has had no turn yet. */
    private CountDownLatch returnToBlockedLoop(int many) {
        List<ByteBuf> bufs = on(loop, () -> {
            List<ByteBuf> made = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                made.add(allocator.directBuffer(SIZE));
            }
            return made;
        });
        CountDownLatch free = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                free.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        bufs.forEach(ByteBuf::release);
        allocator.trim();
        return free;
    }

    private long returning() {
        return allocator.metric().directLoops().stream()
                .mapToLong(LoopStats::returning)
                .sum();
    }

    /** The loop's own work: looks after each task of the allocator's until nothing is on its way home any more. */
    private void lookBetweenBatches(List<Long> seen, CompletableFuture<Void> done) {
        try {
            seen.add(returning());
            assertThat(allocator.metric().direct().inUse()).isZero();
            assertThat(loop.pendingTasks()).as("tasks of the allocator's").isLessThanOrEqualTo(1);
            allocator.trim(); // must not set a second one going
            assertThat(loop.pendingTasks()).isLessThanOrEqualTo(1);
            if (returning() == 0) {
                done.complete(null);
            } else {
                loop.execute(() -> lookBetweenBatches(seen, done));
            }
        } catch (Throwable failure) { // the test fails with it
            done.completeExceptionally(failure);
        }
    }

    @Test
    void buffersAreTakenHomeInBatchesAndTheLoopsOwnWorkComesBetween() throws Exception {
        int many = 3 * ReturnRing.CAPACITY;
        CountDownLatch free = returnToBlockedLoop(many);
        List<Long> seen = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> lookBetweenBatches(seen, done));
        free.countDown();
        done.get(60, TimeUnit.SECONDS);
        long before = many;
        for (long after : seen) {
            assertThat(before - after).isBetween(0L, 2L * Loop.RETURN_BATCH); // of the ring, and of what overflowed
            before = after;
        }
        assertThat(before).isZero();
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().destroyed()).isEqualTo(many)); // counted when the memory is free
        assertThat(allocator.metric().direct().reservedBytes()).isZero();
    }

    @Test
    @SuppressWarnings("deprecation") // a loop that refuses tasks at once, as ends that are not graceful do
    void aLoopThatEndsBetweenTwoBatchesStrandsNothing() throws Exception {
        int many = 3 * ReturnRing.CAPACITY;
        CountDownLatch free = returnToBlockedLoop(many);
        CompletableFuture<Long> left = new CompletableFuture<>();
        loop.execute(() -> {
            left.complete(returning());
            loop.shutdown();
        });
        free.countDown();
        assertThat(left.get(60, TimeUnit.SECONDS)).isEqualTo(many - 2L * Loop.RETURN_BATCH);
        loop.terminationFuture().sync();
        await().untilAsserted(() -> {
            assertThat(returning()).isZero();
            MemoryStats stats = allocator.metric().direct();
            assertThat(stats.inUse()).isZero();
            assertThat(stats.created()).isEqualTo(many);
            assertThat(stats.idle() + stats.victim() + stats.destroyed()).isEqualTo(many);
        });
    }

    @Test
    void aCloseBetweenTwoBatchesTakesAllHome() throws Exception {
        int many = 3 * ReturnRing.CAPACITY;
        CountDownLatch free = returnToBlockedLoop(many);
        loop.execute(allocator::close);
        free.countDown();
        assertThat(allocator.termination().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(30));
        assertThat(allocator.metric().direct().destroyed()).isEqualTo(many);
    }

    @Test
    void anAllocationTakesHomeSomeOfWhatOthersReturnedNotAll() {
        int many = 3 * ReturnRing.CAPACITY;
        CountDownLatch free = returnToBlockedLoop(many);
        var left = loop.submit(() -> {
            ByteBuf other = allocator.directBuffer(2 * SIZE); // the first of its class
            long returning = returning();
            other.release();
            return returning;
        });
        allocator.trim();
        free.countDown();
        assertThat(left.syncUninterruptibly().getNow()).isBetween(1L, many - 2L * Loop.RETURN_BATCH);
    }

    @Test
    void ofLargeBuffersItTakesHomeNoMoreThanItKeepsAtHand() {
        int size = 64 << 10;
        int many = 100;
        List<ByteBuf> bufs = on(
                loop,
                () -> IntStream.range(0, many)
                        .mapToObj(i -> allocator.directBuffer(size))
                        .toList());
        bufs.forEach(ByteBuf::release); // by this thread

        ByteBuf again = on(loop, () -> allocator.directBuffer(size));

        assertThat(returning()).isEqualTo(many - BufferPools.MAX_PRIVATE_BYTES / size);
        assertThat(allocator.metric().direct().created()).isEqualTo(many);
        again.release();
    }

    @Test
    void aBufferThatGrewElsewhereGoesToTheLoopThatGrewIt() {
        ByteBuf buf = allocateAtHome();
        on(otherLoop, () -> buf.capacity(64 * SIZE));
        MemoryStats grown = allocator.metric().direct();
        assertThat(grown.inUse()).isEqualTo(1);
        assertThat(grown.idle()).as("the memory it had, on its way home").isEqualTo(1);
        buf.release();
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(on(loop, () -> bare(allocator.directBuffer(SIZE)).release())).isTrue();
        assertThat(on(otherLoop, () -> bare(allocator.directBuffer(64 * SIZE)).release()))
                .isTrue();
        assertThat(allocator.metric().direct().created()).isEqualTo(2);
    }

    @Test
    void aReleaseTooManyThatTheLoopOverwroteIsReportedAndMakesNoSecondIdleBuffer() {
        PooledBuf buf = (PooledBuf) bare(allocateAtHome());
        buf.release(); // here, so it is on its way
        on(loop, () -> {
            buf.resetCount(); // what the loop would have read had it looked a moment earlier
            return buf.release();
        });
        List<ByteBuf> next = on(loop, () -> {
            List<ByteBuf> bufs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                bufs.add(allocator.directBuffer(SIZE));
            }
            return bufs;
        });
        assertThat(distinct(next)).isEqualTo(3);
        assertThat(reported)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOf(IllegalReferenceCountException.class)
                        .hasMessageContaining("released by its event loop and by another thread")
                        .hasMessageContaining("1024 B"));
        on(loop, () -> {
            next.forEach(ByteBuf::release);
            return null;
        });
    }

    @Test
    void twoReleasesAtOnceOfOneReferenceMakeOneIdleBuffer() throws Exception {
        int rounds = 20_000;
        CyclicBarrier start = new CyclicBarrier(2);
        PooledBuf[] shared = new PooledBuf[rounds];
        var atHome = loop.submit(() -> {
            for (int i = 0; i < rounds; i++) {
                shared[i] = (PooledBuf) bare(allocator.directBuffer(SIZE));
                start.await(30, TimeUnit.SECONDS);
                releaseOrThrow(shared[i]);
                start.await(30, TimeUnit.SECONDS);
                assertNoneTwice();
            }
            return null;
        });
        var elsewhere = otherLoop.submit(() -> {
            for (int i = 0; i < rounds; i++) {
                start.await(30, TimeUnit.SECONDS);
                releaseOrThrow(shared[i]);
                start.await(30, TimeUnit.SECONDS);
            }
            return null;
        });
        atHome.get(120, TimeUnit.SECONDS);
        elsewhere.get(120, TimeUnit.SECONDS);
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.inUse()).isZero();
        assertThat(stats.created()).isEqualTo(stats.idle() + stats.victim());
    }

    private static void releaseOrThrow(ByteBuf buf) {
        try {
            buf.release();
        } catch (IllegalReferenceCountException tooMany) {
            // as it should be, for one of the two
        }
    }

    /** On the loop: what it hands out next are different buffers. */
    private void assertNoneTwice() {
        ByteBuf[] next = new ByteBuf[3];
        for (int i = 0; i < next.length; i++) {
            next[i] = allocator.directBuffer(SIZE);
        }
        assertThat(bare(next[0])).isNotSameAs(bare(next[1])).isNotSameAs(bare(next[2]));
        assertThat(bare(next[1])).isNotSameAs(bare(next[2]));
        for (ByteBuf buf : next) {
            buf.release();
        }
    }
}
