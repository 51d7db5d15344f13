package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
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
    private final TenantView tenant = new TenantView();
    private final ForebayAllocator allocator = tenant.allocator();
    private final MemoryBudget process = tenant.process();
    private final MemoryBudget budget = tenant.budget();
    private final ByteBufAllocator view = tenant.view();

    @AfterEach
    void nothingIsLeft() throws Exception {
        ResourceLeakDetector.setLevel(level);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        tenant.close();
    }

    @Test
    void aBufferIsChargedByTheMemoryItOccupies() {
        ByteBuf direct = view.directBuffer(1000);
        tenant.assertCharged(1024);
        ByteBuf heap = view.heapBuffer(1000);
        tenant.assertCharged(2 * 1024);
        ByteBuf empty = view.directBuffer(0);
        tenant.assertCharged(2 * 1024 + 64);
        ByteBuf unpooledDirect = view.directBuffer(5 * MIB + 1);
        tenant.assertCharged(2 * 1024 + 64 + 5 * MIB + 1);
        ByteBuf unpooledHeap = view.heapBuffer(5 * MIB + 3);
        tenant.assertCharged(2 * 1024 + 64 + 10 * MIB + 4);
        List.of(direct, heap, empty).forEach(ByteBuf::release);
        tenant.assertCharged(10 * MIB + 4);
        unpooledDirect.release();
        tenant.assertCharged(5 * MIB + 3);
        unpooledHeap.release();
    }

    @Test
    void growthIsChargedForTheDifference() {
        for (boolean direct : new boolean[] {true, false}) {
            ByteBuf buf = direct ? view.directBuffer(1000) : view.heapBuffer(1000);
            tenant.assertCharged(1024);
            buf.capacity(1024);
            tenant.assertCharged(1024);
            buf.capacity(100 * KIB);
            assertThat(buf.maxFastWritableBytes()).isEqualTo(112 * KIB);
            tenant.assertCharged(112 * KIB);
            buf.capacity(10);
            tenant.assertCharged(112 * KIB);
            buf.release();
            tenant.assertCharged(0);
        }
    }

    @Test
    void theLastReferenceGivesTheChargeBackWhoeverHoldsIt() {
        ByteBuf buf = view.directBuffer(100).writeLong(1);
        ByteBuf slice = buf.retainedSlice();
        ByteBuf duplicate = slice.retainedDuplicate();
        buf.release();
        slice.release();
        tenant.assertCharged(128);
        Thread elsewhere = new Thread(duplicate::release);
        elsewhere.start();
        await().untilAsserted(() -> tenant.assertCharged(0));
    }

    @Test
    void onTheLoopOffItAndBetweenTheTwo() throws Exception {
        ByteBuf fromLoop =
                loop.submit(() -> view.directBuffer(1000).capacity(5000)).get();
        tenant.assertCharged(10 * KIB); // room for one more doubling
        fromLoop.release();
        tenant.assertCharged(0);
        ByteBuf fromHere = view.directBuffer(1000);
        loop.submit(() -> fromHere.release()).get();
        tenant.assertCharged(0);
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
        tenant.assertCharged(0);
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
        tenant.assertCharged(2 * KIB);
        CompositeByteBuf composite = view.compositeBuffer(2).addComponent(true, buf);
        composite
                .addComponent(true, copy)
                .addComponent(true, view.heapBuffer(1000).writeZero(1000));
        assertThat(composite.alloc()).isSameAs(view);
        assertThat(composite.numComponents()).as("consolidated").isEqualTo(1);
        tenant.assertCharged(3 * KIB); // 3000 B in one
        composite.writeZero(1000);
        assertThat(budget.used()).isGreaterThanOrEqualTo(4000);
        composite.release();
    }

    @Test
    void whatNettysLeakDetectorWatchesIsChargedLikeTheRest() throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBuf here = view.directBuffer(1000);
        ByteBuf fromLoop = loop.submit(() -> view.heapBuffer(1000)).get();
        assertThat(here).isNotInstanceOf(PooledBuf.class);
        assertThat(here.alloc()).isSameAs(view);
        tenant.assertCharged(2 * KIB);
        here.capacity(20_000);
        fromLoop.capacity(20_000);
        tenant.assertCharged(2 * 40 * KIB);
        here.release();
        fromLoop.release();
        tenant.assertCharged(0);
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        allocator.directBuffer(1000).release();
        loop.submit(() -> allocator.heapBuffer(1000).release()).get();
        tenant.assertCharged(0);
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
            tenant.assertCharged(0); // in here: the clock's thread may be the one that found them, and not be done
        });
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
            tenant.assertCharged(MIB);
            heap.release();
            budget.setLimit(MIB / 2);
            assertThatThrownBy(() -> falling.withBudget(budget).buffer(MIB)).isInstanceOf(MemoryLimitError.class);
        }
    }

    private static boolean lose(ByteBuf buf) {
        return buf.refCnt() > 0;
    }
}
