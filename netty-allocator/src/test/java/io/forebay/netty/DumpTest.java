package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.BudgetStats;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the allocator says of itself, in text and by class and loop. */
class DumpTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final DefaultEventExecutor other = new DefaultEventExecutor();
    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .name("edge")
            .cyclePeriod(Duration.ofHours(1))
            .build();

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        other.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        assertThat(allocator.outstanding()).isEmpty();
        assertSumsAddUp();
    }

    @Test
    void theClassesAddUpToTheTotalsAtEveryQuietPoint() throws Exception {
        Random random = new Random(42);
        List<ByteBuf> held = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            for (DefaultEventExecutor executor : List.of(loop, other)) {
                held.addAll(allocate(executor, random.nextLong()));
            }
            held.addAll(allocate(random.nextLong()));
            assertSumsAddUp();
            // Here, so most go home through returns, and more of them than the ring holds.
            for (int i = held.size() - 1; i >= 0; i -= 1 + random.nextInt(2)) {
                held.remove(i).release();
            }
            assertSumsAddUp();
            allocator.trim();
            awaitNothingIdle();
        }
        held.forEach(ByteBuf::release);
        assertSumsAddUp();
        assertThat(allocator.metric().direct().inUse()).isZero();
    }

    /** What a trim lets go of is destroyed on the reclaim thread: quiet is only when that is done. */
    private void awaitNothingIdle() {
        await().pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> assertThat(List.of(
                                allocator.metric().direct(), allocator.metric().heap()))
                        .allMatch(stats -> stats.idle() + stats.victim() == 0));
    }

    private List<ByteBuf> allocate(DefaultEventExecutor executor, long seed) throws Exception {
        Future<List<ByteBuf>> made = executor.submit(() -> allocate(seed));
        return made.get();
    }

    private List<ByteBuf> allocate(long seed) {
        Random random = new Random(seed);
        List<ByteBuf> bufs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int bytes = 1 + random.nextInt(1 << random.nextInt(14));
            bufs.add(random.nextBoolean() ? allocator.directBuffer(bytes) : allocator.heapBuffer(bytes));
            if (random.nextInt(8) == 0) {
                bufs.get(i).capacity(20_000);
            }
        }
        bufs.add(allocator.heapBuffer(5 << 20));
        return bufs;
    }

    private void assertSumsAddUp() {
        ForebayMetric metric = allocator.metric();
        assertSumsAddUp(metric.direct(), metric.directClasses());
        assertSumsAddUp(metric.heap(), metric.heapClasses());
    }

    private static void assertSumsAddUp(MemoryStats total, List<ClassStats> classes) {
        assertThat(sum(classes, ClassStats::inUseBytes)).isEqualTo(total.inUseBytes());
        assertThat(sum(classes, ClassStats::idleBytes)).isEqualTo(total.idleBytes());
        assertThat(sum(classes, ClassStats::victimBytes)).isEqualTo(total.victimBytes());
        assertThat(sum(classes, ClassStats::created)).isEqualTo(total.created());
        assertThat(sum(classes, ClassStats::inUse)).isEqualTo(total.inUse());
        assertThat(sum(classes, ClassStats::idle)).isEqualTo(total.idle());
        assertThat(sum(classes, ClassStats::victim)).isEqualTo(total.victim());
        assertThat(sum(classes, ClassStats::destroyed)).isEqualTo(total.destroyed());
        assertThat(sum(classes, ClassStats::leaked)).isEqualTo(total.leaked());
        assertThat(classes)
                .allSatisfy(stats -> assertThat(stats.created())
                        .isEqualTo(stats.inUse() + stats.idle() + stats.victim() + stats.destroyed() + stats.leaked()));
    }

    private static long sum(List<ClassStats> classes, ToLongFunction<ClassStats> value) {
        return classes.stream().mapToLong(value).sum();
    }

    @Test
    void aLoopShowsWhatWaitsWithItAndWhatIsOnItsWay() throws Exception {
        List<ByteBuf> bufs = loop.submit(() -> {
                    List<ByteBuf> made = new ArrayList<>();
                    for (int i = 0; i < 12; i++) {
                        made.add(allocator.directBuffer(512));
                    }
                    made.remove(0).release();
                    made.remove(0).release();
                    return made;
                })
                .get();
        for (int i = 0; i < 3; i++) {
            bufs.remove(0).release();
        }
        List<LoopStats> loops = allocator.metric().directLoops();
        assertThat(loops).singleElement().satisfies(stats -> {
            assertThat(stats.thread()).isNotEmpty();
            assertThat(stats.idle()).isEqualTo(2);
            assertThat(stats.idleBytes()).isEqualTo(2 * 512);
            assertThat(stats.returning()).isEqualTo(3);
            assertThat(stats.returningBytes()).isEqualTo(3 * 512);
        });
        assertThat(allocator.metric().direct().idle()).isEqualTo(5);
        assertThat(allocator.dump()).contains(loops.get(0).thread());
        bufs.forEach(ByteBuf::release);
    }

    @Test
    void theTextNamesKindsClassesAndTheLimit() {
        ByteBuf first = allocator.directBuffer(1000);
        ByteBuf second = allocator.heapBuffer(5 << 20);
        assertThat(allocator.dump().lines())
                .anyMatch(line -> line.equals("ForebayAllocator edge"))
                .anyMatch(line -> line.startsWith("direct: reserved 8,192 B = in use 1,024 + idle 0"))
                .anyMatch(line -> line.strip().matches("1,024 +1 +0 +0 +1 +0 +0 +1,024 +0"))
                .anyMatch(line -> line.strip().matches("unpooled +1 +0 +0 +1 +0 +0 +5,242,880 +0"))
                .anyMatch(line -> line.equals("budget allocator edge: 5,251,072 B of no limit, at most 5,251,072"))
                .anyMatch(line -> line.startsWith("budget heap memory of allocator edge: 5,242,880 B of no limit"));
        first.release();
        second.release();
    }

    @Test
    void budgetsOfViewsAreListedWithThoseAboveThem() {
        MemoryBudget tenants = MemoryBudget.create("tenants", 1 << 20);
        MemoryBudget red = tenants.child("red", 4_096);
        ByteBuf one = allocator.withBudget(red).directBuffer(1_000);
        ByteBuf more = allocator.withBudget(red).heapBuffer(2_000);
        ByteBuf other =
                allocator.withBudget(tenants.child("blue", Long.MAX_VALUE)).directBuffer(300);
        assertThat(budget("red").usedBytes()).isEqualTo(1_024 + 2_048);
        assertThat(budget("red").limitBytes()).isEqualTo(4_096);
        assertThat(budget("blue").usedBytes()).isEqualTo(320);
        assertThat(budget("tenants").usedBytes()).isEqualTo(1_024 + 2_048 + 320);
        assertThat(budget("direct memory of allocator edge").usedBytes())
                .isEqualTo(allocator.metric().direct().reservedBytes());
        assertThat(budget("heap memory of allocator edge").usedBytes())
                .isEqualTo(allocator.metric().heap().reservedBytes());
        assertThat(budget("allocator edge").usedBytes())
                .isEqualTo(allocator.budget().used());
        assertThat(allocator.metric().budgets()).hasSize(6);
        assertThat(allocator.dump().lines())
                .anyMatch(line -> line.equals("budget red: 3,072 B of a limit of 4,096 B, at most 3,072"))
                .anyMatch(line -> line.equals("budget blue: 320 B of no limit, at most 320"));
        List.of(one, more, other).forEach(ByteBuf::release);
        assertThat(tenants.used()).isZero();
    }

    private BudgetStats budget(String name) {
        return allocator.metric().budgets().stream()
                .filter(stats -> stats.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void ofManyBudgetsTheTextHasThoseWithTheMostInUse() {
        List<MemoryBudget> budgets = new ArrayList<>();
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            budgets.add(MemoryBudget.create("connection " + i, 1 << 20));
            ByteBufAllocator view = allocator.withBudget(budgets.get(i));
            if (i >= 95) {
                held.add(view.heapBuffer(1 << 20));
            }
        }
        assertThat(allocator.dump().lines())
                .anyMatch(line -> line.startsWith("budget connection 99: 1,048,576 B"))
                .anyMatch(line -> line.equals("and 83 budgets more, none of which has more in use"));
        held.forEach(ByteBuf::release);
        assertThat(budgets).allMatch(budget -> budget.used() == 0);
    }

    @Test
    void aBudgetThatTheProgramDroppedIsForgotten() {
        assertThat(allocator.withBudget(MemoryBudget.create("dropped", 1)).toString())
                .contains("dropped");
        await().untilAsserted(() -> {
            System.gc();
            assertThat(allocator.metric().budgets()).hasSize(3);
        });
    }

    @Test
    void closeNamesWhatIsStillOut() throws Exception {
        ByteBuf first = allocator.directBuffer(500);
        ByteBuf second = allocator.directBuffer(500);
        ByteBuf third = allocator.heapBuffer(5 << 20);
        assertThatThrownBy(() -> allocator.awaitTermination(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        allocator.close();
        assertThat(allocator.outstanding()).isEqualTo("direct: 2 of 512 B; heap: 1 unpooled of together 5,242,880 B");
        assertThatThrownBy(() -> allocator.awaitTermination(Duration.ofMillis(1)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("allocator edge")
                .hasMessageContaining(allocator.outstanding());
        first.release();
        third.release();
        assertThat(allocator.outstanding()).isEqualTo("direct: 1 of 512 B");
        second.release();
        allocator.awaitTermination(Duration.ofSeconds(30));
    }

    @Test
    void aDumpBesideWorkingThreadsNeverThrows() throws Exception {
        List<Future<?>> work = new ArrayList<>();
        for (DefaultEventExecutor executor : List.of(loop, other)) {
            DefaultEventExecutor neighbour = executor == loop ? other : loop;
            work.add(executor.submit(() -> keepSending(neighbour)));
        }
        for (int i = 0; i < 300; i++) {
            allocator.dump();
            allocator.outstanding();
            if (i % 50 == 0) {
                allocator.trim();
            }
        }
        for (Future<?> ended : work) {
            ended.sync();
        }
        loop.submit(() -> {}).sync();
        other.submit(() -> {}).sync();
        assertThat(allocator.metric().direct().inUse()).isZero();
        await().untilAsserted(this::assertSumsAddUp); // the clock may have yet to destroy what the loops let go of
    }

    /** Buffers of one loop that the other releases. */
    private void keepSending(DefaultEventExecutor neighbour) {
        Random random = new Random(7);
        for (int turn = 0; turn < 200; turn++) {
            List<ByteBuf> bufs = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                bufs.add(allocator.directBuffer(1 + random.nextInt(1 << random.nextInt(12))));
            }
            neighbour.execute(() -> bufs.forEach(ByteBuf::release));
        }
    }
}
