package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.PlatformDependent;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the system has no memory left, the caller is told and the ledger still balances. */
class OutOfMemoryTest {
    private static final int LARGEST_POOLED = SizeClasses.MAX_POOLED_BYTES;

    private final ForebayAllocator allocator = ForebayAllocator.create();

    @AfterEach
    void nothingIsLeft() throws Exception {
        await().untilAsserted(
                        () -> { // the clock, which full collections have tick, may be moving some
                            MemoryStats direct = allocator.metric().direct();
                            assertThat(direct.inUse()).isZero();
                            assertThat(direct.created())
                                    .isEqualTo(direct.idle() + direct.victim() + direct.destroyed());
                        });
        allocator.close();
        allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(allocator.metric().direct().reservedBytes()).isZero();
        assertThat(allocator.metric().heap().reservedBytes()).isZero();
    }

    @Test
    void anUnpooledBufferThatDoesNotFitLosesNothing() {
        assumeThat(PlatformDependent.maxDirectMemory()).isLessThan(Integer.MAX_VALUE);
        assertThatThrownBy(() -> allocator.directBuffer(Integer.MAX_VALUE)).isInstanceOf(OutOfMemoryError.class);
        assertThat(allocator.metric().direct().created()).isZero();
    }

    @Test
    void aHeapBufferThatDoesNotFitLosesNothing() {
        assumeThat(Runtime.getRuntime().maxMemory()).isLessThan(Integer.MAX_VALUE);
        assertThatThrownBy(() -> allocator.heapBuffer(Integer.MAX_VALUE - 8)).isInstanceOf(OutOfMemoryError.class);
        assertThat(allocator.metric().heap().created()).isZero();
    }

    @Test
    void pooledBuffersUpToTheLimitComeBack() {
        assumeThat(PlatformDependent.maxDirectMemory()).isLessThan(4L << 30);
        List<ByteBuf> held = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        held.add(allocator.directBuffer(LARGEST_POOLED));
                    }
                })
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(allocator.metric().direct().inUse()).isEqualTo(held.size());
        held.forEach(ByteBuf::release);
    }

    /** As at a limit of the allocator's own: so that no limit need be set for idle memory to be of use. */
    @Test
    void whereTheSystemHasNoneWhatIsIdleInOtherClassesIsLetGoOf() {
        assumeThat(PlatformDependent.maxDirectMemory()).isLessThan(4L << 30);
        List<ByteBuf> held = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        held.add(allocator.directBuffer(LARGEST_POOLED));
                    }
                })
                .isInstanceOf(OutOfMemoryError.class);
        held.forEach(ByteBuf::release);
        held.clear();
        for (int taken = 0; taken < 2 * LARGEST_POOLED; taken += 16 << 10) { // more than was left
            held.add(allocator.directBuffer(16 << 10));
        }
        held.add(allocator.directBuffer(2 * LARGEST_POOLED));
        held.forEach(ByteBuf::release);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBufferThatTheHeapHasNoRoomToWatchIsGivenBack(boolean isDirect) {
        MemoryBudget budget = MemoryBudget.create("system", Long.MAX_VALUE);
        MemoryLimit limit = new MemoryLimit(budget, new SlabClassTest.NothingIdle());
        BufferKind kind = isDirect
                ? new DirectKind(limit, new NativeTrim(Runnable::run, () -> {}, System::nanoTime))
                : new HeapKind(limit);
        Loops noLoops = new Loops(loop -> false, loop -> {});
        Watched watched = new Watched();
        watched.isFull = true;
        BufferPools pools =
                new BufferPools(allocator, kind, isDirect, noLoops, new LeakWatch(watched), /* debug= */ false);
        for (int size : new int[] {100, LARGEST_POOLED, LARGEST_POOLED + 1}) {
            assertThatThrownBy(() -> pools.take(size))
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("made up");
            assertThat(budget.used()).isZero();
        }
        assertThat(pools.close(new Attempts())).isCompleted();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBufferThatTheHeapHasNoRoomToBuryIsDestroyedAndItsChargeGivenBack(boolean isDirect) {
        MemoryBudget budget = MemoryBudget.create("system", Long.MAX_VALUE);
        MemoryBudget tenant = MemoryBudget.create("tenant", Long.MAX_VALUE);
        Watched watched = new Watched();
        BufferPools pools = debugPools(isDirect, budget, watched);
        Aftercare aftercare = new Aftercare(allocator, new MemoryLimit(tenant, new SlabClassTest.NothingIdle()), false);
        for (int size : new int[] {100, LARGEST_POOLED, LARGEST_POOLED + 1}) {
            PooledBuf buf = aftercare.handOut(pools, size, size);
            watched.isFull = true;
            buf.release();
            watched.isFull = false;
            assertThat(tenant.used()).isZero();
        }
        CompletableFuture<Void> end = pools.close(new Attempts());
        await().untilAsserted(() -> assertThat(end).isCompleted());
        assertThat(budget.used()).isZero();
        assertThat(watched).isEmpty();
    }

    private BufferPools debugPools(boolean isDirect, MemoryBudget budget, Set<LeakWatch.Reference> watched) {
        MemoryLimit limit = new MemoryLimit(budget, new SlabClassTest.NothingIdle());
        BufferKind kind = isDirect
                ? new DirectKind(limit, new NativeTrim(Runnable::run, () -> {}, System::nanoTime))
                : new HeapKind(limit);
        Loops noLoops = new Loops(loop -> false, loop -> {});
        return new BufferPools(allocator, kind, isDirect, noLoops, new LeakWatch(watched), /* debug= */ true);
    }

    @Test
    void withoutRoomOnTheHeapForItsListASlabTakesNoMemory() {
        long maxHeapBytes = Runtime.getRuntime().maxMemory();
        assumeThat(maxHeapBytes).isLessThan(4L << 30);
        int segments = (int) (maxHeapBytes / Integer.BYTES) + 1;
        assumeThat(PlatformDependent.maxDirectMemory()).isGreaterThan(segments);
        long before = PlatformDependent.usedDirectMemory();
        assertThatThrownBy(() -> new Slab(1, segments)).isInstanceOf(OutOfMemoryError.class);
        assertThat(PlatformDependent.usedDirectMemory()).isLessThanOrEqualTo(before);
    }

    private static final class Watched extends AbstractSet<LeakWatch.Reference> {
        private final Set<LeakWatch.Reference> references = ConcurrentHashMap.newKeySet();
        private volatile boolean isFull;

        @Override
        public boolean add(LeakWatch.Reference reference) {
            if (isFull) {
                throw new OutOfMemoryError("made up");
            }
            return references.add(reference);
        }

        @Override
        public boolean remove(Object reference) {
            return references.remove(reference);
        }

        @Override
        public Iterator<LeakWatch.Reference> iterator() {
            return references.iterator();
        }

        @Override
        public int size() {
            return references.size();
        }
    }

    @Test
    void anUnpooledBufferWhoseDestructorThrowsIsCountedAllTheSame() {
        UnpooledBuffers unpooled =
                new UnpooledBuffers(allocator, bytes -> (PooledBuf) allocator.heapBuffer(bytes), buf -> {
                    buf.release();
                    throw new IllegalStateException("made up");
                });
        PooledBuf buf = unpooled.take(100);
        CompletableFuture<Void> end = unpooled.close();
        assertThatThrownBy(() -> unpooled.destroy(buf)).hasMessage("made up");
        assertThat(end).isCompleted();
    }

    /** Its own listener fails, as a heap without room would, while a detector is about to watch the buffer. */
    @Test
    void aBufferThatTheHeapHasNoRoomToWrapIsGivenBack() {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBufUtil.setLeakListener((type, records) -> {
            throw new OutOfMemoryError("made up");
        });
        try {
            UnpooledByteBufAllocator.DEFAULT.directBuffer(100).touch("lost at " + System.nanoTime());
            await().untilAsserted(() -> {
                System.gc();
                assertThatThrownBy(() -> allocator.directBuffer(100).release()).hasMessage("made up");
            });
            assertThat(allocator.outstanding()).isEmpty();
        } finally {
            ByteBufUtil.setLeakListener((type, records) -> {});
            ResourceLeakDetector.setLevel(level);
        }
    }

    @Test
    void aGrowthThatDoesNotFitLeavesTheBufferAsItWas() {
        assumeThat(PlatformDependent.maxDirectMemory()).isLessThan(Integer.MAX_VALUE);
        ByteBuf buf = allocator.directBuffer(16).writeLong(42);
        assertThatThrownBy(() -> buf.capacity(Integer.MAX_VALUE)).isInstanceOf(OutOfMemoryError.class);
        assertThat(buf.capacity()).isEqualTo(16);
        assertThat(buf.getLong(0)).isEqualTo(42);
        buf.release();
    }
}
