package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;

/** An allocator with a view of it for a tenant within a process; closing it checks that nothing is charged, in use or kept. */
final class TenantView implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MIB = 1 << 20;

    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .name("shared")
            .maxMemory(32L * MIB)
            .cyclePeriod(Duration.ofHours(1))
            .onLeak(report -> {})
            .build();
    private final MemoryBudget process = MemoryBudget.create("process", 64L * MIB);
    private final MemoryBudget budget = process.child("tenant a", 16L * MIB);
    private final ByteBufAllocator view = allocator.withBudget(budget);

    ForebayAllocator allocator() {
        return allocator;
    }

    MemoryBudget process() {
        return process;
    }

    MemoryBudget budget() {
        return budget;
    }

    ByteBufAllocator view() {
        return view;
    }

    void assertCharged(long bytes) {
        assertThat(budget.used()).isEqualTo(bytes);
        assertThat(process.used()).isEqualTo(bytes);
    }

    @Override
    public void close() {
        assertCharged(0);
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(allocator.metric().heap().inUse()).isZero();
        allocator.close();
        assertThat(allocator.termination().toCompletableFuture()).succeedsWithin(PATIENCE);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.reservedBytes()).isEqualTo(direct.unusableBytes());
        assertThat(allocator.metric().heap().reservedBytes()).isZero();
    }
}
