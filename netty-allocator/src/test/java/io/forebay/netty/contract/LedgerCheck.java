package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.MemoryStats;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** What a {@link ForebayAllocator} must say of itself at a quiet point; other allocators keep no such ledger. */
final class LedgerCheck {
    /** A collection or two away. */
    private static final long LEAK_TIMEOUT_SECONDS = 20;

    private static final Duration A_MOMENT = Duration.ofSeconds(5);

    private LedgerCheck() {}

    /** Asserts that every buffer is back and every byte accounted for. */
    static void assertClean(ByteBufAllocator allocator) {
        if (allocator instanceof ForebayAllocator forebay) {
            withoutACycleBeside(() -> {
                assertClean("direct", forebay.metric().direct());
                assertClean("heap", forebay.metric().heap());
            });
        }
    }

    /** What is off only because a cycle lets go of something while it is read, as may be every ten seconds, is read again. */
    private static void withoutACycleBeside(Runnable check) {
        try {
            check.run();
        } catch (AssertionError off) {
            Awaitility.await("the books balance").atMost(A_MOMENT).untilAsserted(check::run);
        }
    }

    /** Waits until the garbage collector has told the allocator of the buffers that were forgotten. */
    static void awaitLeaksCounted(ByteBufAllocator allocator, long leaked) {
        if (allocator instanceof ForebayAllocator forebay) {
            Awaitility.await("leaks counted")
                    .atMost(Duration.ofSeconds(LEAK_TIMEOUT_SECONDS))
                    .until(() -> {
                        System.gc();
                        forebay.trim();
                        MemoryStats direct = forebay.metric().direct();
                        return direct.inUse() == 0 && direct.leaked() == leaked;
                    });
        }
    }

    /** Asserts that the books balance, whatever is handed out. */
    static void assertBalanced(ByteBufAllocator allocator) {
        if (allocator instanceof ForebayAllocator forebay) {
            withoutACycleBeside(() -> {
                assertBalanced("direct", forebay.metric().direct());
                assertBalanced("heap", forebay.metric().heap());
            });
        }
    }

    /** Closes the allocator, and asserts that nothing is left of it. */
    static void assertCleanAfterClose(ByteBufAllocator allocator) throws Exception {
        if (!(allocator instanceof ForebayAllocator forebay)) {
            return;
        }
        forebay.close();
        forebay.termination().toCompletableFuture().get(Carrier.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertClean(allocator);
        assertEmpty("direct", forebay.metric().direct());
        assertEmpty("heap", forebay.metric().heap());
    }

    private static void assertClean(String memory, MemoryStats stats) {
        assertThat(stats.inUse()).as("%s inUse of %s", memory, stats).isZero();
        assertThat(stats.inUseBytes()).as("%s inUseBytes of %s", memory, stats).isZero();
        assertBalanced(memory, stats);
    }

    private static void assertBalanced(String memory, MemoryStats stats) {
        assertThat(stats.created())
                .as("%s created of %s", memory, stats)
                .isEqualTo(stats.inUse() + stats.idle() + stats.victim() + stats.destroyed() + stats.leaked());
        assertThat(stats.reservedBytes())
                .as("%s reservedBytes of %s", memory, stats)
                .isEqualTo(stats.inUseBytes() + stats.idleBytes() + stats.victimBytes() + stats.unusableBytes());
    }

    private static void assertEmpty(String memory, MemoryStats stats) {
        assertThat(stats.idle() + stats.victim())
                .as("%s kept by %s", memory, stats)
                .isZero();
        if (stats.leaked() == 0) { // a leaked buffer's direct memory stays reserved: a view may point to it
            assertThat(stats.reservedBytes())
                    .as("%s reservedBytes of %s", memory, stats)
                    .isZero();
        }
    }
}
