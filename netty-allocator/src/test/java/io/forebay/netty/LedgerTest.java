package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What eight threads hold, half of them event loops, against what the allocator and the budgets say they hold. */
class LedgerTest {
    private static final int ROUNDS = 8;
    private static final int STEPS = 300; // of each thread in a round
    private static final int MOST_HELD = 400; // by each thread
    private static final int BUFFER_BYTES = 1024;

    private final List<DefaultEventExecutor> loops =
            Stream.generate(DefaultEventExecutor::new).limit(4).toList();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final MemoryBudget process = MemoryBudget.create("process", 40L << 20);
    private final List<MemoryBudget> tenants =
            Stream.of("a", "b").map(name -> process.child(name, 12L << 20)).toList();
    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .maxMemory(64L << 20)
            .cyclePeriod(Duration.ofHours(1))
            .build();
    private final List<Worker> workers = new ArrayList<>();

    /** A buffer that somebody holds, and the tenant whose budget is charged for it. */
    private record Held(ByteBuf buf, @Nullable MemoryBudget tenant) {
        PooledBuf pooled() {
            ByteBuf bare = buf;
            while (!(bare instanceof PooledBuf)) { // a slice, or the leak detector has wrapped it
                bare = Objects.requireNonNull(bare.unwrap());
            }
            return (PooledBuf) bare;
        }
    }

    LedgerTest() {
        Stream.concat(loops.stream(), Stream.generate(() -> threads).limit(4))
                .forEach(executor -> workers.add(new Worker(executor, new Random(workers.size()))));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        for (DefaultEventExecutor loop : loops) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(60));
        for (MemoryStats stats : kinds()) {
            assertThat(stats.created()).isPositive().isEqualTo(stats.destroyed());
        }
        assertThat(allocator.budget().used()).isZero();
        assertThat(process.used()).isZero();
    }

    private List<MemoryStats> kinds() {
        return List.of(allocator.metric().direct(), allocator.metric().heap());
    }

    /** A thread that allocates, grows, slices, hands over and releases. */
    private final class Worker {
        private final Executor executor;
        private final Random random;
        private final List<Held> held = new ArrayList<>();

        Worker(Executor executor, Random random) {
            this.executor = executor;
            this.random = random;
        }

        CompletableFuture<Void> run(Runnable work) {
            return CompletableFuture.runAsync(work, executor);
        }

        void steps(ConcurrentLinkedQueue<Held> post) {
            for (int i = 0; i < STEPS; i++) {
                step(post);
            }
        }

        private void step(ConcurrentLinkedQueue<Held> post) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> allocate();
                case 3 -> grow();
                case 4 -> slice();
                case 5 -> handOver(post);
                default -> release();
            }
            if (held.size() > MOST_HELD) {
                release();
            }
        }

        private void allocate() {
            int choice = random.nextInt(3);
            MemoryBudget tenant = choice == 2 ? null : tenants.get(choice);
            ByteBufAllocator from = tenant == null ? allocator : allocator.withBudget(tenant);
            int bytes = random.nextInt(200) == 0 ? (4 << 20) + random.nextInt(1 << 20) : size();
            try {
                ByteBuf buf = random.nextBoolean() ? from.directBuffer(bytes) : from.heapBuffer(bytes);
                held.add(new Held(buf, tenant));
            } catch (MemoryLimitError refused) {
                release();
            }
        }

        private int size() {
            return random.nextInt(1 << random.nextInt(5, 19));
        }

        private void grow() {
            if (held.isEmpty()) {
                return;
            }
            ByteBuf buf = held.get(random.nextInt(held.size())).pooled();
            try {
                buf.capacity(Math.max(buf.capacity(), size()));
            } catch (MemoryLimitError refused) {
                release();
            }
        }

        private void slice() {
            if (held.isEmpty()) {
                return;
            }
            int at = random.nextInt(held.size());
            Held whole = held.get(at);
            held.set(at, new Held(whole.buf().retainedSlice(0, 0), whole.tenant()));
            whole.buf().release();
        }

        private void handOver(ConcurrentLinkedQueue<Held> post) {
            if (!held.isEmpty()) {
                post.add(held.remove(random.nextInt(held.size())));
            }
            Held arrived = post.poll();
            if (arrived != null && random.nextBoolean()) {
                held.add(arrived);
            } else if (arrived != null) {
                arrived.buf().release();
            }
        }

        private void release() {
            if (!held.isEmpty()) {
                held.remove(random.nextInt(held.size())).buf().release();
            }
        }

        void releaseAll() {
            held.forEach(each -> each.buf().release());
            held.clear();
        }
    }

    /** Until neither the loops nor the clock have anything to do. */
    private void quiesce() throws Exception {
        for (int i = 0; i < 3; i++) { // loops give the clock what they let go of
            for (DefaultEventExecutor loop : loops) {
                await().until(() -> loop.pendingTasks() == 0);
                loop.submit(() -> {}).sync();
            }
            CountDownLatch done = new CountDownLatch(1);
            allocator.clock().execute(done::countDown);
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void atEveryQuietPointItIsExactToTheByte() throws Exception {
        ConcurrentLinkedQueue<Held> post = new ConcurrentLinkedQueue<>();
        for (int round = 0; round < ROUNDS; round++) {
            List<CompletableFuture<Void>> running = new ArrayList<>();
            for (Worker worker : workers) {
                running.add(worker.run(() -> worker.steps(post)));
            }
            allocator.clock().tick(); // beside them
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
            quiesce();
            List<Held> held = new ArrayList<>(post);
            workers.forEach(worker -> held.addAll(worker.held));
            assertBalanced(held);
        }
        for (Worker worker : workers) {
            worker.run(worker::releaseAll).get(60, TimeUnit.SECONDS);
        }
        post.forEach(each -> each.buf().release());
        assertBalanced(List.of());
    }

    private void assertBalanced(List<Held> held) {
        for (boolean direct : new boolean[] {true, false}) {
            List<PooledBuf> bufs = held.stream()
                    .map(Held::pooled)
                    .filter(buf -> buf.isDirect() == direct)
                    .toList();
            MemoryStats stats =
                    direct ? allocator.metric().direct() : allocator.metric().heap();
            assertThat(stats.inUse()).isEqualTo(bufs.size());
            assertThat(stats.inUseBytes()).isEqualTo(bytes(bufs.stream()));
            assertThat(stats.created())
                    .isEqualTo(stats.inUse() + stats.idle() + stats.victim() + stats.destroyed() + stats.leaked());
            assertThat(stats.createdGets()).isEqualTo(stats.created());
            assertThat(stats.unusableBytes()).isGreaterThanOrEqualTo(0);
            assertThat(direct || stats.unusableBytes() == 0)
                    .as("a heap buffer has an array of its own: %s", stats)
                    .isTrue();
        }
        assertThat(allocator.budget().used())
                .isEqualTo(allocator.metric().usedDirectMemory()
                        + allocator.metric().usedHeapMemory());
        for (MemoryBudget tenant : tenants) {
            assertThat(tenant.used())
                    .isEqualTo(bytes(held.stream()
                            .filter(each -> tenant.equals(each.tenant()))
                            .map(Held::pooled)));
        }
        assertThat(process.used())
                .isEqualTo(tenants.stream().mapToLong(MemoryBudget::used).sum());
    }

    private static long bytes(Stream<PooledBuf> bufs) {
        return bufs.mapToLong(PooledBuf::memoryBytes).sum();
    }

    /** What the threads have begun and ended so far. */
    private static final class Moves {
        private final LongAdder allocationsBegun = new LongAdder();
        private final LongAdder allocationsEnded = new LongAdder();
        private final LongAdder releasesBegun = new LongAdder();
        private final LongAdder releasesEnded = new LongAdder();
    }

    /** Where buffers are released, and what is looked at. */
    enum Way {
        /** By the thread that took them. */
        AT_HOME,
        /** Likewise, and what their budget says. */
        CHARGED,
        /** Every other one by any thread, from where it has yet to go home. */
        ANYWHERE
    }

    /**
     * Whoever looks beside threads at work sees no more in use than what had not surely been released when the look began, and
     * no less than what had surely been allocated and not been released when it ended. Of those released elsewhere the ones
     * may be seen, too, that were on their way home when the look began, as they may arrive during it.
     */
    @ParameterizedTest
    @EnumSource
    void besideThreadsAtWorkItIsOffByWhatIsInFlightAtMost(Way way) throws Exception {
        Moves moves = new Moves();
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> running = new ArrayList<>();
        ConcurrentLinkedQueue<ByteBuf> post = new ConcurrentLinkedQueue<>();
        for (Worker worker : workers) {
            running.add(worker.run(() -> turnOver(worker, moves, way, post, done)));
        }
        int looks = 0;
        int sharp = 0; // those that would show an error of a twentieth, or where buffers are on their way of a half
        int sharpness = way == Way.ANYWHERE ? 2 : 20;
        try {
            while (looks < 2_000 || (sharp < 20 && looks < 200_000)) {
                long atLeast = moves.allocationsEnded.sum();
                long atMost = -moves.releasesEnded.sum();
                atMost += way == Way.ANYWHERE ? onTheirWay() : 0;
                long inUse = way == Way.CHARGED ? tenants.get(0).used() / BUFFER_BYTES : inUse();
                atMost += moves.allocationsBegun.sum();
                atLeast -= moves.releasesBegun.sum();
                assertThat(inUse).isBetween(atLeast, atMost);
                looks++;
                sharp += atMost - atLeast < atMost / sharpness ? 1 : 0;
                if (looks % 100 == 0) {
                    allocator.clock().tick();
                }
            }
        } finally {
            done.set(true);
        }
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
        assertThat(sharp).isGreaterThanOrEqualTo(20);
        quiesce(); // whoever ended last may have released what other loops have yet to take home
        assertThat(inUse()).isZero();
    }

    private long inUse() {
        return kinds().stream().mapToLong(MemoryStats::inUse).sum();
    }

    /** With the one of each kind that a loop has in its hands, as it takes them home one by one. */
    private long onTheirWay() {
        return Stream.of(allocator.metric().directLoops(), allocator.metric().heapLoops())
                .flatMap(List::stream)
                .mapToLong(loop -> loop.returning() + 1)
                .sum();
    }

    /** Holds between none and all it may. */
    private void turnOver(
            Worker worker, Moves moves, Way way, ConcurrentLinkedQueue<ByteBuf> post, AtomicBoolean done) {
        ByteBufAllocator from = way == Way.CHARGED ? allocator.withBudget(tenants.get(0)) : allocator;
        List<ByteBuf> held = new ArrayList<>();
        while (!done.get() || !held.isEmpty()) {
            boolean more = !done.get() && held.size() < MOST_HELD && (held.isEmpty() || worker.random.nextInt(16) > 6);
            if (more) {
                moves.allocationsBegun.increment();
                held.add(worker.random.nextBoolean() ? from.directBuffer(BUFFER_BYTES) : from.heapBuffer(BUFFER_BYTES));
                moves.allocationsEnded.increment();
            } else {
                ByteBuf buf = held.remove(held.size() - 1);
                if (way == Way.ANYWHERE && worker.random.nextBoolean()) {
                    post.add(buf);
                    buf = Objects.requireNonNull(post.poll(), "each takes one for the one it gives");
                }
                moves.releasesBegun.increment();
                buf.release();
                moves.releasesEnded.increment();
            }
        }
    }
}
