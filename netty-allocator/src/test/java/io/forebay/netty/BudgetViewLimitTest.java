package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.BudgetListener;
import io.forebay.pool.BudgetWaiter;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Views whose budget, or what is above it, has no room or is closed: they refuse, and all is as it was. */
class BudgetViewLimitTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final TenantView tenant = new TenantView();
    private final ForebayAllocator allocator = tenant.allocator();
    private final MemoryBudget process = tenant.process();
    private final MemoryBudget budget = tenant.budget();
    private final ByteBufAllocator view = tenant.view();

    @AfterEach
    void nothingIsLeft() {
        tenant.close();
    }

    @Test
    void aBudgetThatIsSpentRefusesAndNothingHasChanged() {
        ByteBuf held = view.directBuffer(4 * MIB);
        MemoryStats before = allocator.metric().direct();
        budget.setLimit(5 * MIB);
        assertThatThrownBy(() -> view.directBuffer(2 * MIB))
                .isInstanceOf(OutOfMemoryError.class)
                .isInstanceOfSatisfying(MemoryLimitError.class, error -> {
                    assertThat(error.requestedBytes()).isEqualTo(2 * MIB);
                    assertThat(error.limitBytes()).isEqualTo(5 * MIB);
                })
                .hasMessageContaining("tenant a")
                .hasMessageContaining("requested 2097152 B")
                .hasMessageContaining("4194304 of 5242880 B are in use");
        assertThatThrownBy(() -> view.heapBuffer(2 * MIB)).isInstanceOf(MemoryLimitError.class);
        assertThat(budget.stats().refusals()).isEqualTo(2); // once each, though it was tried again after a reclaim
        tenant.assertCharged(4 * MIB);
        assertThat(allocator.metric().direct()).isEqualTo(before);
        held.release();
        view.directBuffer(4 * MIB).release();
    }

    @Test
    void theBudgetAboveRefusesInItsOwnName() {
        process.setLimit(MIB);
        assertThatThrownBy(() -> view.directBuffer(2 * MIB))
                .isInstanceOf(MemoryLimitError.class)
                .hasMessageStartingWith("process has reached its limit");
        assertThat(process.stats().refusals()).isEqualTo(1);
        assertThat(budget.stats().refusals()).isZero();
    }

    @Test
    void nobodyOvertakesWhoWaits() {
        ByteBuf held = view.directBuffer(4 * MIB);
        budget.setLimit(6 * MIB);
        List<BudgetWaiter> granted = new ArrayList<>();
        BudgetWaiter waiter = budget.reserveAsync(4 * MIB, Runnable::run, new BudgetListener() {
            @Override
            public void granted(BudgetWaiter waiter) {
                granted.add(waiter);
            }

            @Override
            public void failed(BudgetWaiter waiter, Throwable failure) {
                throw new AssertionError(failure);
            }
        });
        assertThatThrownBy(() -> view.directBuffer(MIB))
                .isInstanceOf(MemoryLimitError.class)
                .hasMessageContaining("nobody overtakes the 1 that wait");
        held.release();
        assertThat(granted).containsExactly(waiter);
        budget.release(4 * MIB);
    }

    @Test
    void writingGrowsWithinTheBudget() {
        ByteBuf buf = view.directBuffer(64);
        budget.setLimit(MIB);
        assertThatThrownBy(() -> {
                    while (true) {
                        buf.writeLong(buf.writerIndex());
                    }
                })
                .isInstanceOf(MemoryLimitError.class);
        assertThat(buf.writerIndex()).isEqualTo(MIB);
        tenant.assertCharged(MIB);
        for (int i = 0; i < MIB; i += Long.BYTES) {
            assertThat(buf.readLong()).isEqualTo(i);
        }
        buf.release();
    }

    @Test
    void aRefusedGrowthLeavesTheBufferAsItWas() {
        for (ByteBuf buf :
                List.of(view.directBuffer(64).writeLong(42), view.heapBuffer(64).writeLong(42))) {
            budget.setLimit(128 * KIB);
            assertThatThrownBy(() -> buf.capacity(256 * KIB)).isInstanceOf(MemoryLimitError.class);
            assertThat(buf.capacity()).isEqualTo(64);
            assertThat(buf.maxFastWritableBytes()).isEqualTo(56);
            assertThat(buf.readLong()).isEqualTo(42);
            assertThat(buf.alloc()).isSameAs(view);
            buf.capacity(1000).release();
            budget.setLimit(MIB);
        }
    }

    @Test
    void theRoomForOneMoreDoublingIsGivenUpWhereItWouldBeTooMuch() {
        budget.setLimit(2048);
        ByteBuf buf = view.directBuffer(1024);
        buf.capacity(2000);
        tenant.assertCharged(2048);
        buf.release();
    }

    @Test
    void likewiseWhereItWouldBeTooMuchForTheAllocator() {
        allocator.budget().setLimit(48 * KIB);
        ByteBuf buf = view.directBuffer(16 * KIB).writeLong(42);
        buf.capacity(20 * KIB);
        tenant.assertCharged(20 * KIB);
        assertThatThrownBy(() -> buf.capacity(30 * KIB)).isInstanceOf(MemoryLimitError.class);
        tenant.assertCharged(20 * KIB);
        assertThat(buf.readLong()).isEqualTo(42);
        buf.release();
    }

    @Test
    void whereTheAllocatorIsAtItsLimitNothingStaysCharged() {
        process.setLimit(Long.MAX_VALUE);
        budget.setLimit(Long.MAX_VALUE);
        ByteBuf held = allocator.directBuffer(20 * MIB);
        ByteBuf small = view.directBuffer(64);
        assertThatThrownBy(() -> view.directBuffer(20 * MIB))
                .isInstanceOf(MemoryLimitError.class)
                .hasMessageContaining("allocator shared");
        assertThatThrownBy(() -> view.heapBuffer(20 * MIB)).isInstanceOf(MemoryLimitError.class);
        assertThatThrownBy(() -> small.capacity(20 * MIB)).isInstanceOf(MemoryLimitError.class);
        tenant.assertCharged(64);
        small.release();
        held.release();
    }

    @Test
    void aClosedBudgetRefusesAndStillTakesBack() {
        ByteBuf buf = view.directBuffer(100);
        budget.close();
        assertThatThrownBy(() -> view.directBuffer(100))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tenant a");
        assertThatThrownBy(() -> buf.capacity(1000)).isInstanceOf(IllegalStateException.class);
        buf.release();
        assertThat(budget.termination()).isCompleted();
    }

    @Test
    void aClosedAllocatorChargesNothing() {
        ByteBuf buf = view.directBuffer(100);
        allocator.close();
        assertThatThrownBy(() -> view.directBuffer(100)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> view.heapBuffer(5 * MIB)).isInstanceOf(IllegalStateException.class);
        tenant.assertCharged(128);
        buf.release();
    }

    /** Through heap memory for a moment, which the user of the view did not ask for. */
    @Test
    void aBudgetThatIsSpentHoldsUpNoStream() throws Exception {
        ByteBuf buf = view.directBuffer(1024);
        budget.setLimit(1024);
        assertThat(buf.writeBytes(new ByteArrayInputStream(new byte[1000]), 1000))
                .isEqualTo(1000);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        buf.readBytes(out, 1000);
        assertThat(out.size()).isEqualTo(1000);
        assertThat(budget.peak()).isEqualTo(1024);
        buf.release();
    }

    @Test
    void atTheLimitTheChargesOfWhatWasLostAreLookedFor() {
        budget.setLimit(MIB);
        lose(view.heapBuffer(MIB));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            System.gc();
            allocator.trim(); // a slot may still point to it
            assertThat(refusedAgain()).isFalse();
        });
        assertThat(allocator.metric().heap().leaked()).isEqualTo(1);
    }

    private boolean refusedAgain() {
        try {
            return !view.heapBuffer(MIB).release();
        } catch (MemoryLimitError refused) {
            return true;
        }
    }

    private static boolean lose(ByteBuf buf) {
        return buf.refCnt() > 0;
    }
}
