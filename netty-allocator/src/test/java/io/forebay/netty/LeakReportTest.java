package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeakReportTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final Collection<LeakReport> reports = new ConcurrentLinkedQueue<>();
    private final ForebayAllocator allocator = allocator(reports::add);

    private static ForebayAllocator allocator(LeakListener listener) {
        return ForebayAllocator.builder()
                .name("leaky")
                .cyclePeriod(Duration.ofMillis(500))
                .onLeak(listener)
                .build();
    }

    @AfterEach
    void end() throws Exception {
        ResourceLeakDetector.setLevel(level);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void reportsExactlyTheTenThousandThatWereLost() throws Exception {
        List<ByteBuf> kept = new ArrayList<>();
        Thread thread = new Thread(() -> leak(4000));
        thread.start();
        loop.submit(() -> leak(4000)).sync();
        for (int i = 0; i < 500; i++) {
            kept.add(allocator.directBuffer(i));
        }
        leak(2000);
        thread.join();
        awaitReports(10_000);
        kept.forEach(ByteBuf::release);
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(allocator.metric().heap().inUse()).isZero();
        assertThat(allocator.metric().direct().leaked()
                        + allocator.metric().heap().leaked())
                .isEqualTo(10_000);
        System.gc();
        allocator.trim();
        assertThat(allocator.metric().direct().leaked()).isEqualTo(count(/* direct= */ true));
        assertThat(allocator.metric().heap().leaked()).isEqualTo(count(/* direct= */ false));
        assertThat(reports).hasSize(10_000);
    }

    @Test
    void directMemoryIsRetiredAndHeapMemoryGoesWithTheBuffer() {
        leak(1000);
        awaitReports(1000);
        long bytes = reports.stream()
                .filter(LeakReport::direct)
                .mapToLong(LeakReport::capacityBytes)
                .sum();
        allocator.trim();
        await().untilAsserted(() -> assertThat(allocator.metric().direct().idle()
                        + allocator.metric().direct().victim())
                .isZero());
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.retiredBytes()).isEqualTo(bytes);
        assertThat(direct.unusableBytes()).isGreaterThanOrEqualTo(bytes);
        assertThat(allocator.metric().heap().retiredBytes()).isZero();
        assertThat(allocator.metric().heap().unusableBytes()).isZero();
    }

    @Test
    void saysWhatItWas() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        long startNanos = System.nanoTime();
        lose(allocator.directBuffer(1000));
        lose(allocator.heapBuffer(5 << 20));
        awaitReports(2);
        Duration most = Duration.ofNanos(System.nanoTime() - startNanos);
        assertThat(reports).allSatisfy(report -> {
            assertThat(report.allocator()).isEqualTo("leaky");
            assertThat(report.age()).isPositive().isLessThanOrEqualTo(most);
            assertThat(report.sampled()).isFalse();
        });
        assertThat(reports.stream().collect(Collectors.toMap(LeakReport::direct, LeakReport::capacityBytes)))
                .containsEntry(true, 1024)
                .containsEntry(false, 5 << 20);
    }

    @Test
    void saysWhetherNettysDetectorWatchedTheLifeThatWasLost() throws Exception {
        // Full collections alone turn its cycles: two must not pass while what was used lies idle, to be used again.
        ForebayAllocator steady = ForebayAllocator.builder()
                .cyclePeriod(Duration.ofHours(1))
                .onLeak(reports::add)
                .build();
        try {
            saysWhetherItWasWatched(steady);
        } finally {
            steady.close();
            steady.awaitTermination(Patience.LIMIT);
        }
    }

    private void saysWhetherItWasWatched(ForebayAllocator steady) throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        lose(steady.directBuffer(1000));
        loop.submit(() -> lose(steady.directBuffer(1000).capacity(3000))).sync();
        awaitReports(2);
        assertThat(reports).allMatch(LeakReport::sampled);
        reports.clear();
        // Lives that were watched and ended, here, at home and elsewhere: what follows them is not watched.
        steady.directBuffer(500).release();
        loop.submit(() -> steady.directBuffer(1000).release()).sync();
        loop.submit(() -> steady.directBuffer(2000)).get().release();
        loop.submit(() -> steady.directBuffer(100).capacity(3000)).get().release();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        long created = steady.metric().direct().created();
        lose(steady.directBuffer(500));
        loop.submit(() -> {
                    lose(steady.directBuffer(1000));
                    lose(steady.directBuffer(2000));
                    lose(steady.directBuffer(6000));
                })
                .sync();
        assertThat(steady.metric().direct().created())
                .as("all were used before")
                .isEqualTo(created);
        awaitReports(4);
        assertThat(reports).noneMatch(LeakReport::sampled);
    }

    @Test
    void aListenerThatThrowsLosesNoCount() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger uncaught = new AtomicInteger();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> uncaught.incrementAndGet());
        ForebayAllocator failing = allocator(report -> {
            calls.incrementAndGet();
            throw new IllegalArgumentException("on purpose");
        });
        try {
            for (int i = 0; i < 10; i++) {
                lose(failing.heapBuffer(100));
            }
            await().dontCatchUncaughtExceptions().untilAsserted(() -> {
                System.gc();
                assertThat(uncaught).hasValue(10);
            });
            assertThat(calls).hasValue(10);
            assertThat(failing.metric().heap().leaked()).isEqualTo(10);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
            failing.close();
            failing.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void terminationCompletesAfterTheLastLeakWasToldOfAndItsChargeGivenBack() throws Exception {
        MemoryBudget budget = MemoryBudget.create("tenant", Long.MAX_VALUE);
        Collection<String> lines = new ConcurrentLinkedQueue<>();
        ForebayAllocator closed = allocator(new LeakLog(() -> 0, lines::add));
        CompletableFuture<List<Object>> atTermination =
                closed.termination().toCompletableFuture().thenApply(ended -> List.of(lines.size(), budget.used()));
        for (int i = 0; i < 2; i++) {
            lose(closed.withBudget(budget).directBuffer(100));
        }
        closed.close();
        awaitEnd(closed);
        assertThat(atTermination.get()).containsExactly(2, 0L);
        assertThat(lines).last().asString().contains("1 more buffers, of 128 B");
    }

    @Test
    void aLogThatThrowsKeepsNoAllocatorFromItsTermination() throws Exception {
        AtomicInteger uncaught = new AtomicInteger();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> uncaught.incrementAndGet());
        ForebayAllocator closed = allocator(new LeakLog(() -> 0, line -> {
            throw new IllegalArgumentException("on purpose");
        }));
        try {
            lose(closed.directBuffer(100));
            lose(closed.directBuffer(100));
            closed.close();
            awaitEnd(closed);
            assertThat(uncaught).hasValue(2);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private static void awaitEnd(ForebayAllocator closed) {
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(closed.termination().toCompletableFuture()).isDone();
        });
    }

    @Test
    void theLogHoldsBackAllButALineAPeriod() {
        List<String> lines = new ArrayList<>();
        long[] nowNanos = {-5};
        LeakLog log = new LeakLog(() -> nowNanos[0], lines::add);
        log.flush();
        LeakReport report = new LeakReport("edge", true, 512, Duration.ofMillis(1500), false);
        for (int i = 0; i < 100; i++) {
            log.leaked(report);
            log.flush();
        }
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0))
                .contains("allocator edge", "direct buffer of 512 B", "1500 ms", "leakDetection.level=paranoid");
        nowNanos[0] += LeakLog.PERIOD_NANOS;
        log.flush();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).contains("99 more buffers, of " + 99 * 512 + " B");
        nowNanos[0] += LeakLog.PERIOD_NANOS;
        log.flush();
        log.leaked(new LeakReport("edge", false, 64, Duration.ZERO, true));
        assertThat(lines).hasSize(3);
        assertThat(lines.get(2))
                .contains("heap buffer of 64 B", "see its report")
                .doesNotContain("more buffers");
        log.leaked(report);
        log.flush();
        assertThat(lines).hasSize(3);
        log.flushAll(); // the allocator ends
        log.flushAll();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(3)).contains("1 more buffers, of 512 B");
    }

    /** Nobody asks for the state: the clock finds them. */
    private void awaitReports(int expected) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(reports).hasSize(expected);
        });
    }

    private long count(boolean direct) {
        return reports.stream().filter(report -> report.direct() == direct).count();
    }

    private static void lose(ByteBuf buf) {
        assertThat(buf.refCnt()).isPositive();
    }

    /** Of mixed sizes and kinds, plain, grown, sliced, wrapped, in composites, after earlier lives. */
    private void leak(int count) {
        for (int i = 0; i < count; i++) {
            allocator.directBuffer(i % 3000).release();
            ByteBuf buf = i % 2 == 0 ? allocator.directBuffer(i % 5000) : allocator.heapBuffer(i % 5000);
            switch (i % 7) {
                case 0 -> buf.capacity(10_000);
                case 1 -> lose(buf.writeLong(1).retainedSlice(0, 8));
                case 2 ->
                    lose(Unpooled.wrappedBuffer(
                            buf.writeLong(1), Unpooled.buffer(8).writeLong(2)));
                case 3 -> lose(allocator.compositeBuffer().addComponent(true, buf.writeLong(1)));
                case 4 -> buf.retain(3).release();
                case 5 -> buf.writeZero(6000);
                default -> lose(buf.writeLong(1).asReadOnly().unwrap());
            }
        }
    }
}
