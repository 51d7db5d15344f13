package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forebay.pool.BudgetListener;
import io.forebay.pool.BudgetWaiter;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Views that charge a budget: by memory, before it is taken, and until the last release. */
class BudgetViewTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .name("shared")
            .maxMemory(32L * MIB)
            .cyclePeriod(Duration.ofHours(1))
            .onLeak(report -> {})
            .build();
    private final MemoryBudget process = MemoryBudget.create("process", 64L * MIB);
    private final MemoryBudget budget = process.child("tenant a", 16L * MIB);
    private final ByteBufAllocator view = allocator.withBudget(budget);

    @AfterEach
    void nothingIsLeft() throws Exception {
        ResourceLeakDetector.setLevel(level);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertCharged(0);
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(allocator.metric().heap().inUse()).isZero();
        allocator.close();
        allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        MemoryStats direct = allocator.metric().direct();
        assertThat(direct.reservedBytes()).isEqualTo(direct.unusableBytes());
        assertThat(allocator.metric().heap().reservedBytes()).isZero();
    }

    private void assertCharged(long bytes) {
        assertThat(budget.used()).isEqualTo(bytes);
        assertThat(process.used()).isEqualTo(bytes);
    }

    @Test
    void aBufferIsChargedByTheMemoryItOccupies() {
        ByteBuf direct = view.directBuffer(1000);
        assertCharged(1024);
        ByteBuf heap = view.heapBuffer(1000);
        assertCharged(2 * 1024);
        ByteBuf empty = view.directBuffer(0);
        assertCharged(2 * 1024 + 64);
        ByteBuf unpooledDirect = view.directBuffer(5 * MIB + 1);
        assertCharged(2 * 1024 + 64 + 5 * MIB + 1);
        ByteBuf unpooledHeap = view.heapBuffer(5 * MIB + 3);
        assertCharged(2 * 1024 + 64 + 10 * MIB + 4);
        List.of(direct, heap, empty).forEach(ByteBuf::release);
        assertCharged(10 * MIB + 4);
        unpooledDirect.release();
        assertCharged(5 * MIB + 3);
        unpooledHeap.release();
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
        assertCharged(4 * MIB);
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
    void growthIsChargedForTheDifference() {
        for (boolean direct : new boolean[] {true, false}) {
            ByteBuf buf = direct ? view.directBuffer(1000) : view.heapBuffer(1000);
            assertCharged(1024);
            buf.capacity(1024);
            assertCharged(1024);
            buf.capacity(100 * KIB);
            assertThat(buf.maxFastWritableBytes()).isEqualTo(112 * KIB);
            assertCharged(112 * KIB);
            buf.capacity(10);
            assertCharged(112 * KIB);
            buf.release();
            assertCharged(0);
        }
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
        assertCharged(MIB);
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
        assertCharged(2048);
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
        assertCharged(64);
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
        assertCharged(128);
        buf.release();
    }

    @Test
    void theLastReferenceGivesTheChargeBackWhoeverHoldsIt() {
        ByteBuf buf = view.directBuffer(100).writeLong(1);
        ByteBuf slice = buf.retainedSlice();
        ByteBuf duplicate = slice.retainedDuplicate();
        buf.release();
        slice.release();
        assertCharged(128);
        Thread elsewhere = new Thread(duplicate::release);
        elsewhere.start();
        await().untilAsserted(() -> assertCharged(0));
    }

    @Test
    void onTheLoopOffItAndBetweenTheTwo() throws Exception {
        ByteBuf fromLoop =
                loop.submit(() -> view.directBuffer(1000).capacity(5000)).get();
        assertCharged(10 * KIB); // room for one more doubling
        fromLoop.release();
        assertCharged(0);
        ByteBuf fromHere = view.directBuffer(1000);
        loop.submit(() -> fromHere.release()).get();
        assertCharged(0);
        long created = allocator.metric().direct().created();
        for (int i = 0; i < 100; i++) {
            loop.submit(() -> view.directBuffer(5000).release()).get();
        }
        assertThat(allocator.metric().direct().created())
                .as("buffers go home when the charge is back")
                .isLessThanOrEqualTo(created + 1);
    }

    @Test
    void idleBuffersAreChargedToNobodyAndServeAnyone() {
        view.directBuffer(1000).release();
        ByteBuf uncharged = allocator.directBuffer(1000);
        assertThat(uncharged.alloc()).isSameAs(allocator);
        uncharged.capacity(10_000);
        assertCharged(0);
        uncharged.release();
        ByteBuf other = allocator.withBudget(process).directBuffer(1000);
        assertThat(budget.used()).isZero();
        assertThat(process.used()).isEqualTo(1024);
        other.release();
        assertThat(allocator.metric().direct().created()).isEqualTo(2);
    }

    @Test
    void whatIsMadeOfABufferIsChargedToo() {
        ByteBuf buf = view.directBuffer(1000).writeZero(1000);
        ByteBuf copy = buf.copy();
        assertThat(copy.alloc()).isSameAs(view);
        assertCharged(2 * KIB);
        CompositeByteBuf composite = view.compositeBuffer(2).addComponent(true, buf);
        composite
                .addComponent(true, copy)
                .addComponent(true, view.heapBuffer(1000).writeZero(1000));
        assertThat(composite.alloc()).isSameAs(view);
        assertThat(composite.numComponents()).as("consolidated").isEqualTo(1);
        assertCharged(3 * KIB); // 3000 B in one
        composite.writeZero(1000);
        assertThat(budget.used()).isGreaterThanOrEqualTo(4000);
        composite.release();
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
    void whatNettysLeakDetectorWatchesIsChargedLikeTheRest() throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBuf here = view.directBuffer(1000);
        ByteBuf fromLoop = loop.submit(() -> view.heapBuffer(1000)).get();
        assertThat(here).isNotInstanceOf(PooledBuf.class);
        assertThat(here.alloc()).isSameAs(view);
        assertCharged(2 * KIB);
        here.capacity(20_000);
        fromLoop.capacity(20_000);
        assertCharged(2 * 40 * KIB);
        here.release();
        fromLoop.release();
        assertCharged(0);
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        allocator.directBuffer(1000).release();
        loop.submit(() -> allocator.heapBuffer(1000).release()).get();
        assertCharged(0);
    }

    @Test
    void theChargeOfALostBufferIsGivenBackWhenThatIsFound() throws Exception {
        lose(view.directBuffer(1000).capacity(50 * KIB));
        lose(view.heapBuffer(1000));
        lose(view.directBuffer(5 * MIB));
        loop.submit(() -> lose(view.directBuffer(300))).get();
        assertThat(budget.used()).isPositive();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            System.gc();
            allocator.trim(); // a slot may still point to one
            assertThat(allocator.metric().direct().leaked()).isEqualTo(3);
            assertThat(allocator.metric().heap().leaked()).isEqualTo(1);
        });
        assertCharged(0);
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

    /** The budget was given back what it had not been charged for: its user's fault, and the allocator's books stay right. */
    @Test
    void aBudgetThatItsUserReleasedFromTellsAtTheRelease() {
        ByteBuf buf = view.directBuffer(1000);
        budget.release(1024);
        assertThatThrownBy(buf::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released twice");
        assertThat(buf.refCnt()).isZero();
        assertThat(allocator.metric().direct().inUse()).isZero();
    }

    @Test
    void viewsAreOfTheirAllocatorsMind() {
        assertThat(view.isDirectBufferPooled()).isTrue();
        assertThat(view.toString()).contains("tenant a", "allocator shared");
        ByteBuf io = view.ioBuffer(100);
        assertThat(io.isDirect()).isTrue();
        io.release();
        try (ForebayAllocator falling = ForebayAllocator.builder()
                .preferDirect(false)
                .maxDirectMemory(64 * KIB)
                .heapFallback(true)
                .build()) {
            ByteBuf heap = falling.withBudget(budget).buffer(100);
            assertThat(heap.isDirect()).isFalse();
            heap.release();
        }
    }

    @Test
    void theFallbackToHeapIsChargedOnce() {
        try (ForebayAllocator falling = ForebayAllocator.builder()
                .maxDirectMemory(64 * KIB)
                .heapFallback(true)
                .build()) {
            ByteBuf heap = falling.withBudget(budget).buffer(MIB);
            assertThat(heap.isDirect()).isFalse();
            assertCharged(MIB);
            heap.release();
            budget.setLimit(MIB / 2);
            assertThatThrownBy(() -> falling.withBudget(budget).buffer(MIB)).isInstanceOf(MemoryLimitError.class);
        }
    }

    private static boolean lose(ByteBuf buf) {
        return buf.refCnt() > 0;
    }
}
