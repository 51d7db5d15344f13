package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Debug mode: two threads release the one reference at the same moment. One of them is refused, and the memory is idle once. */
class DebugDoubleReleaseTest {
    private static final int SIZE = 1024;
    private static final int ROUNDS = 30_000;

    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final DefaultEventExecutor otherLoop = new DefaultEventExecutor();
    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .debug(true)
            .cyclePeriod(Duration.ofHours(1))
            .build();
    private final ConcurrentLinkedQueue<Throwable> reported = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void watchForReports() {
        for (DefaultEventExecutor each : List.of(loop, otherLoop)) {
            on(each, () -> {
                Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
                return null;
            });
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        otherLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.reservedBytes()).isZero();
        assertThat(direct.created()).isEqualTo(direct.destroyed());
        assertThat(reported).isEmpty();
    }

    private static <T> T on(DefaultEventExecutor loop, Callable<T> task) {
        return loop.submit(task).syncUninterruptibly().getNow();
    }

    private static ByteBuf bare(ByteBuf buf) {
        return buf.unwrap() == null ? buf : buf.unwrap(); // the leak detector may have wrapped it
    }

    /** What a release does that read the count a moment before another thread's release changed it. */
    @Test
    void aReleaseAtHomeThatBeganBeforeAnotherThreadsIsRefused() {
        PooledBuf buf = (PooledBuf) bare(on(loop, () -> allocator.directBuffer(SIZE)));
        assertThat(buf.release()).isTrue();
        assertThat(on(loop, buf::becomeIdleAtHome))
                .as("made idle a second time")
                .isFalse();
        assertThatThrownBy(() -> on(loop, buf::release))
                .isInstanceOf(IllegalReferenceCountException.class)
                .hasMessageContaining("released again");
        assertIdleOnce(1);
    }

    @Test
    void ofTwoReleasesAtOnceOneIsRefusedAndTheMemoryIsIdleOnce() throws Exception {
        AtomicReferenceArray<ByteBuf> shared = new AtomicReferenceArray<>(ROUNDS);
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger released = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        var atHome = loop.submit(() -> {
            for (int round = 0; round < ROUNDS; round++) {
                ByteBuf buf = bare(allocator.directBuffer(SIZE));
                shared.set(round, buf);
                meet(arrived, 4 * round + 2);
                release(buf, released, refused);
                meet(arrived, 4 * round + 4);
                shared.set(round, null);
            }
        });
        var elsewhere = otherLoop.submit(() -> {
            for (int round = 0; round < ROUNDS; round++) {
                meet(arrived, 4 * round + 2);
                release(shared.get(round), released, refused);
                meet(arrived, 4 * round + 4);
            }
        });
        atHome.get(300, TimeUnit.SECONDS);
        elsewhere.get(300, TimeUnit.SECONDS);
        assertThat(released).hasValue(ROUNDS);
        assertThat(refused).hasValue(ROUNDS);
        assertIdleOnce(allocator.metric().direct().created());
    }

    @SuppressWarnings("ThreadPriorityCheck") // the yield: the other may need this processor
    private static void meet(AtomicInteger arrived, int all) {
        arrived.incrementAndGet();
        for (int spins = 0; arrived.get() < all; spins++) {
            if (spins < 500) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private static void release(ByteBuf buf, AtomicInteger released, AtomicInteger refused) {
        try {
            if (buf.release()) {
                released.incrementAndGet();
            }
        } catch (IllegalReferenceCountException tooMany) {
            refused.incrementAndGet();
        }
    }

    /** All that was made is idle, and what is handed out next are different buffers over different memory. */
    private void assertIdleOnce(long created) {
        MemoryStats stats = allocator.metric().direct();
        assertThat(stats.created()).isEqualTo(created);
        assertThat(stats.inUse()).isZero();
        assertThat(stats.idle()).isEqualTo(created);
        List<ByteBuf> next = on(loop, () -> {
            List<ByteBuf> bufs = new ArrayList<>();
            for (long i = 0; i < created + 2; i++) {
                bufs.add(allocator.directBuffer(SIZE).setInt(0, (int) i));
            }
            return bufs;
        });
        Set<ByteBuf> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < next.size(); i++) {
            assertThat(next.get(i).getInt(0)).isEqualTo(i);
            distinct.add(bare(next.get(i)));
        }
        assertThat(distinct).hasSameSizeAs(next);
        on(loop, () -> {
            next.forEach(ByteBuf::release);
            return null;
        });
    }
}
