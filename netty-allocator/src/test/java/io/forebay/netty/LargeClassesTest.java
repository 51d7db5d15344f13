package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large buffers of one size make room for those of another, and where none is needed all is found again. */
class LargeClassesTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        assertThat(allocator.budget().used()).isZero();
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.created()).isEqualTo(stats.destroyed());
        }
    }

    private <T> T onLoop(Callable<T> task) {
        return loop.submit(task).syncUninterruptibly().getNow();
    }

    private static void releaseAll(List<ByteBuf> bufs) {
        bufs.forEach(ByteBuf::release);
        bufs.clear();
    }

    /** Each doubling as often as the others. */
    private static int anySize(SplittableRandom random) {
        return (int) (64 * KIB * Math.pow(64, random.nextDouble()));
    }

    private MemoryStats direct() {
        return allocator.metric().direct();
    }

    private void assertAddsUp(MemoryStats stats, List<ClassStats> classes) {
        assertThat(stats.unusableBytes()).isZero();
        assertThat(sum(classes, ClassStats::inUseBytes)).isEqualTo(stats.inUseBytes());
        assertThat(sum(classes, ClassStats::idleBytes)).isEqualTo(stats.idleBytes());
        assertThat(sum(classes, ClassStats::created)).isEqualTo(stats.created());
        assertThat(stats.created()).isEqualTo(stats.inUse() + stats.idle() + stats.destroyed());
    }

    private static long sum(List<ClassStats> classes, ToLongFunction<ClassStats> part) {
        return classes.stream().mapToLong(part).sum();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void burstsOfChangingSizesHoldNoMoreThanTheLargestNeeded(boolean atHome) {
        Callable<Void> bursts = () -> {
            SplittableRandom random = new SplittableRandom(3);
            List<ByteBuf> held = new ArrayList<>();
            long mostInUse = LargeClasses.KEPT_BYTES_PER_LOOP;
            for (int burst = 0; burst < 100; burst++) {
                int buffers = random.nextInt(64);
                for (int i = 0; i < buffers; i++) {
                    held.add(allocator.directBuffer(anySize(random)));
                    MemoryStats stats = direct();
                    mostInUse = Math.max(mostInUse, stats.inUseBytes());
                    assertThat(stats.reservedBytes()).isLessThanOrEqualTo(mostInUse);
                }
                assertAddsUp(direct(), allocator.metric().directClasses());
                releaseAll(held);
                assertAddsUp(direct(), allocator.metric().directClasses());
            }
            return null;
        };
        if (atHome) {
            onLoop(bursts);
        } else {
            call(bursts);
        }
        assertThat(direct().inUse()).isZero();
        assertThat(direct().destroyed()).isPositive();
    }

    private static void call(Callable<Void> task) {
        try {
            task.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void heapBuffersMakeRoomToo() {
        onLoop(() -> {
            List<ByteBuf> held = new ArrayList<>();
            for (int size : new int[] {MIB, 2 * MIB, 512 * KIB, 4 * MIB, 100 * KIB}) {
                while (allocator.metric().heap().inUseBytes() < 24 * MIB) {
                    held.add(allocator.heapBuffer(size));
                }
                releaseAll(held);
                assertAddsUp(allocator.metric().heap(), allocator.metric().heapClasses());
            }
            return null;
        });
        assertThat(allocator.metric().heap().reservedBytes()).isLessThanOrEqualTo(24L * MIB + 4 * MIB);
    }

    @Test
    void sizesTakenByTurnsAreAllFoundAgain() {
        int[] sizes = {64 * KIB, 100 * KIB, 256 * KIB, MIB, 3 * MIB};
        onLoop(() -> {
            for (int turn = 0; turn < 50; turn++) {
                for (int size : sizes) {
                    allocator.directBuffer(size).release();
                }
            }
            return null;
        });
        assertThat(direct().created()).isEqualTo(sizes.length);
    }

    @Test
    void aBurstThatIsRepeatedFindsItsBuffersInTheStackAgainAfterAnotherHadThem() {
        onLoop(() -> {
            List<ByteBuf> held = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                held.add(allocator.directBuffer(MIB));
            }
            releaseAll(held);
            int odd = 1200 * KIB; // in a class of 1280 KiB
            long before = 0;
            for (int burst = 0; burst < 8; burst++) {
                before = direct().created();
                for (int i = 0; i < 32; i++) {
                    held.add(allocator.directBuffer(odd));
                }
                releaseAll(held);
            }
            assertThat(direct().created()).as("made in the last burst").isEqualTo(before);
            long privateGets = direct().privateGets();
            for (int i = 0; i < 100; i++) {
                allocator.directBuffer(odd).release();
            }
            assertThat(direct().privateGets()).isEqualTo(privateGets + 100);
            return null;
        });
        assertThat(direct().reservedBytes()).isLessThanOrEqualTo(64L * MIB);
    }

    /** Fills the loop with idle buffers of 1 MiB, above what all may keep. */
    private void leaveIdle(int buffers) {
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < buffers; i++) {
            held.add(allocator.directBuffer(MIB));
        }
        releaseAll(held);
    }

    @Test
    void theOddOneHasMemoryOfItsOwnSizeForOneLife() {
        ByteBuf odd = onLoop(() -> {
            leaveIdle(20);
            return allocator.directBuffer(130 * KIB);
        });
        assertThat(odd.maxFastWritableBytes()).isEqualTo(132 * KIB); // of a class of 160
        assertThat(direct().inUseBytes()).isEqualTo(132 * KIB);
        assertThat(direct().idleBytes()).isEqualTo(19L * MIB);
        assertAddsUp(direct(), allocator.metric().directClasses());
        odd.writeZero(130 * KIB).writerIndex(0);
        odd.release(); // elsewhere
        assertThat(direct().reservedBytes()).isEqualTo(19L * MIB);
    }

    @Test
    void theOddOneGrowsAsOthersDo() {
        onLoop(() -> {
            leaveIdle(20);
            ByteBuf odd = allocator.directBuffer(130 * KIB);
            odd.setLong(0, 42).capacity(500 * KIB);
            assertThat(odd.getLong(0)).isEqualTo(42);
            assertAddsUp(direct(), allocator.metric().directClasses());
            odd.capacity(6 * MIB).release();
            assertAddsUp(direct(), allocator.metric().directClasses());
            return null;
        });
    }

    @Test
    void whatFillsItsClassGoesThereAtOnce() {
        onLoop(() -> {
            leaveIdle(20);
            allocator.directBuffer(160 * KIB).release();
            return null;
        });
        assertThat(direct().idleBytes()).isEqualTo(19L * MIB + 160 * KIB);
    }

    @Test
    void aViewIsChargedWhatItGotAndNeverAboveItsLimit() {
        MemoryBudget budget = MemoryBudget.create("tenant", 40L * MIB);
        ByteBufAllocator view = allocator.withBudget(budget);
        onLoop(() -> {
            SplittableRandom random = new SplittableRandom(5);
            List<ByteBuf> held = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < 3_000; i++) {
                try {
                    ByteBuf buf = view.directBuffer(anySize(random));
                    held.add(buf);
                    if (random.nextInt(8) == 0) {
                        buf.capacity(buf.capacity() + anySize(random));
                    }
                } catch (MemoryLimitError spent) {
                    refused++;
                    releaseAll(held);
                }
                assertThat(budget.used()).isEqualTo(direct().inUseBytes()).isLessThanOrEqualTo(budget.limit());
            }
            assertThat(refused).isPositive();
            releaseAll(held);
            return null;
        });
        assertThat(budget.used()).isZero();
    }

    @Test
    void inDebugModeNothingIsCountedTwice() {
        allocator.close();
        allocator = ForebayAllocator.builder()
                .debug(true)
                .zeroOnRelease(true)
                .cyclePeriod(Duration.ofHours(1))
                .build();
        onLoop(() -> {
            SplittableRandom random = new SplittableRandom(7);
            List<ByteBuf> held = new ArrayList<>();
            for (int burst = 0; burst < 10; burst++) {
                for (int i = 0; i < 32; i++) {
                    held.add(allocator.directBuffer(anySize(random)));
                }
                assertAddsUp(direct(), allocator.metric().directClasses());
                releaseAll(held);
                assertAddsUp(direct(), allocator.metric().directClasses());
            }
            return null;
        });
    }

    @Test
    void atTheLimitRoomIsMadeAsBefore() {
        allocator.close();
        allocator = ForebayAllocator.builder()
                .maxMemory(40L * MIB)
                .cyclePeriod(Duration.ofHours(1))
                .build();
        onLoop(() -> {
            SplittableRandom random = new SplittableRandom(9);
            List<ByteBuf> held = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < 2_000; i++) {
                try {
                    held.add(allocator.directBuffer(anySize(random)));
                } catch (MemoryLimitError reached) {
                    assertThat(direct().inUseBytes()).isGreaterThan(35L * MIB); // the largest is of 4 MiB
                    refused++;
                    releaseAll(held);
                }
                assertThat(allocator.budget().used()).isLessThanOrEqualTo(40L * MIB);
            }
            assertThat(refused).isPositive();
            releaseAll(held);
            return null;
        });
    }
}
