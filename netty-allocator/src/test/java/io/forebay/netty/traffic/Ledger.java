package io.forebay.netty.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.MemoryStats;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** What an allocator's own books must say once nobody holds a buffer and nobody is running. */
final class Ledger {
    private static final Duration A_MOMENT = Duration.ofSeconds(2);

    private Ledger() {}

    /** Everything is back; then the allocator is closed and everything is gone. */
    static void closeClean(ForebayAllocator allocator) {
        verifyQuiet(allocator);
        allocator.close();
        assertThatCode(() -> allocator
                        .termination()
                        .toCompletableFuture()
                        .get(TrafficConfig.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("termination of %s", allocator)
                .doesNotThrowAnyException();
        verifyGone("direct", allocator.metric().direct());
        verifyGone("heap", allocator.metric().heap());
    }

    /** Once more if it is not, as a cycle, every ten seconds, may let go of something while it is read. */
    private static void verifyQuiet(ForebayAllocator allocator) {
        try {
            verifyKindsQuiet(allocator);
        } catch (AssertionError off) {
            Awaitility.await().atMost(A_MOMENT).untilAsserted(() -> verifyKindsQuiet(allocator));
        }
    }

    private static void verifyKindsQuiet(ForebayAllocator allocator) {
        verifyQuiet("direct", allocator.metric().direct());
        verifyQuiet("heap", allocator.metric().heap());
    }

    private static void verifyQuiet(String kind, MemoryStats stats) {
        assertThat(stats.inUse()).as("%s in use: %s", kind, stats).isZero();
        assertThat(stats.inUseBytes()).as("%s bytes in use: %s", kind, stats).isZero();
        verifyConserved(kind, stats);
    }

    private static void verifyGone(String kind, MemoryStats stats) {
        verifyQuiet(kind, stats);
        assertThat(stats.destroyed()).as("%s destroyed: %s", kind, stats).isEqualTo(stats.created());
        assertThat(stats.reservedBytes())
                .as("%s bytes reserved: %s", kind, stats)
                .isZero();
    }

    private static void verifyConserved(String kind, MemoryStats stats) {
        assertThat(stats.leaked()).as("%s leaked: %s", kind, stats).isZero();
        assertThat(stats.created())
                .as("%s created: %s", kind, stats)
                .isEqualTo(stats.inUse() + stats.idle() + stats.victim() + stats.destroyed());
        assertThat(stats.createdGets()).as("%s created gets: %s", kind, stats).isEqualTo(stats.created());
        assertThat(stats.reservedBytes())
                .as("%s bytes reserved: %s", kind, stats)
                .isEqualTo(stats.inUseBytes() + stats.idleBytes() + stats.victimBytes() + stats.unusableBytes());
    }
}
