package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class LeakWatchTest {
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofMillis(50)).build();

    @Test
    void countsExactlyTheBuffersThatWereLost() throws Exception {
        List<ByteBuf> kept = new ArrayList<>();
        leak(10_000, kept);
        await().untilAsserted(() -> {
            System.gc();
            assertThat(leaked()).isEqualTo(10_000);
        });
        kept.forEach(ByteBuf::release);
        allocator.close();
        allocator.termination().toCompletableFuture().get(30, TimeUnit.SECONDS);
        MemoryStats direct = allocator.metric().direct();
        MemoryStats heap = allocator.metric().heap();
        assertThat(leaked()).isEqualTo(10_000);
        assertThat(direct.inUse() + heap.inUse()).isZero();
        assertThat(direct.created() + heap.created()).isEqualTo(direct.destroyed() + heap.destroyed() + 10_000);
        assertThat(heap.reservedBytes()).isZero();
        assertThat(direct.reservedBytes()).isEqualTo(direct.unusableBytes());
    }

    /** What finds a leak is made with the buffer: allocating and releasing it again takes no more memory, and so no watch. */
    @Test
    void lifeAfterLifeNothingIsMade() throws Exception {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        ForebayAllocator quiet =
                ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
        DefaultEventExecutor loop = new DefaultEventExecutor();
        int lives = 100_000;
        try {
            loop.submit(() -> allocateAndRelease(quiet, lives)).sync();
            long bytes =
                    loop.submit(() -> allocateAndRelease(quiet, lives)).sync().getNow();
            assertThat(bytes).as("garbage of %d lives", lives).isLessThan(lives);
            assertThat(quiet.metric().direct().created()).isEqualTo(1);
        } finally {
            ResourceLeakDetector.setLevel(level);
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            quiet.close();
        }
        quiet.awaitTermination(Duration.ofSeconds(30));
        assertThat(quiet.metric().direct().destroyed()).isEqualTo(1);
    }

    private static long allocateAndRelease(ForebayAllocator allocator, int times) throws Exception {
        long before = bytesThisThreadAllocated();
        for (int i = 0; i < times; i++) {
            allocator.directBuffer(100).release();
        }
        return bytesThisThreadAllocated() - before;
    }

    /** By name, as the JVM's own interface is of a module that is not read here; itself takes some hundred bytes. */
    @SuppressWarnings("deprecation") // the id that is meant, up to JDK 18 the only one
    private static long bytesThisThreadAllocated() throws Exception {
        return (long) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME),
                        "getThreadAllocatedBytes",
                        new Object[] {Thread.currentThread().getId()},
                        new String[] {long.class.getName()});
    }

    private long leaked() {
        return allocator.metric().direct().leaked() + allocator.metric().heap().leaked();
    }

    /** Of mixed sizes and kinds, grown, sliced and plain; one in eleven is kept, and some too large to be pooled. */
    private void leak(int count, List<ByteBuf> kept) {
        for (int i = 0; i < count; i++) {
            ByteBuf buf = i % 2 == 0 ? allocator.directBuffer(i % 5000) : allocator.heapBuffer(i % 5000);
            if (i % 3 == 0) {
                buf.capacity(10_000);
            }
            if (i % 5 == 0) {
                buf.retainedSlice(0, Math.min(buf.capacity(), 10)).setZero(0, Math.min(buf.capacity(), 10));
            }
            if (i % 11 == 0) {
                kept.add(allocator.directBuffer(100));
            }
            if (i % 1000 == 0) {
                kept.add(allocator.heapBuffer(5 << 20));
            }
        }
    }
}
