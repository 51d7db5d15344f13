package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** All that {@link ByteBufAllocator} promises, for one allocator that serves all tests of a class. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class AllocatorContract implements SizeContract, LeakDetectionContract {
    private static final int MIB = 1 << 20;

    private final ByteBufAllocator allocator;
    private final ByteBufAllocator books;

    AllocatorContract(ByteBufAllocator allocator) {
        this(allocator, allocator);
    }

    /** The contract of a view: the books are kept by what it is a view of. */
    AllocatorContract(ByteBufAllocator allocator, ByteBufAllocator books) {
        this.allocator = allocator;
        this.books = books;
    }

    @Override
    public final ByteBufAllocator allocator() {
        return allocator;
    }

    @AfterEach
    final void everyBufferIsBack(TestInfo test) {
        if (test.getTags().contains(FORGETS)) {
            LedgerCheck.awaitLeaksCounted(books, 1); // here, not in the test: it may run on the loop that has to count
        }
        LedgerCheck.assertClean(books);
    }

    @AfterAll
    final void nothingIsLeftAfterClose() throws Exception {
        LedgerCheck.assertCleanAfterClose(books);
    }

    private static List<BiFunction<ByteBufAllocator, Integer, ByteBuf>> sized() {
        return List.of(
                ByteBufAllocator::buffer,
                ByteBufAllocator::ioBuffer,
                ByteBufAllocator::heapBuffer,
                ByteBufAllocator::directBuffer);
    }

    private static List<Function<ByteBufAllocator, ByteBuf>> unsized() {
        return List.of(
                ByteBufAllocator::buffer,
                ByteBufAllocator::ioBuffer,
                ByteBufAllocator::heapBuffer,
                ByteBufAllocator::directBuffer);
    }

    /** Allocates with initial and maximum capacity. */
    interface Bounded {
        ByteBuf allocate(ByteBufAllocator allocator, int initialCapacity, int maxCapacity);
    }

    private static List<Bounded> bounded() {
        return List.of(
                ByteBufAllocator::buffer,
                ByteBufAllocator::ioBuffer,
                ByteBufAllocator::heapBuffer,
                ByteBufAllocator::directBuffer);
    }

    @Test
    void buffersWithoutArgumentsHaveTheDefaultCapacity() {
        unsized().forEach(maker -> assertFresh(maker.apply(allocator), 256, Integer.MAX_VALUE));
    }

    @Test
    void buffersHaveExactlyTheCapacityAskedFor() {
        for (int capacity : new int[] {1, 7, 64, 100, 4096, 4097, 65_536, 100_000, MIB + 1}) {
            sized().forEach(maker -> assertFresh(maker.apply(allocator, capacity), capacity, Integer.MAX_VALUE));
            bounded().forEach(maker -> {
                assertFresh(maker.allocate(allocator, capacity, capacity), capacity, capacity);
                assertFresh(maker.allocate(allocator, capacity, capacity + 5), capacity, capacity + 5);
                assertFresh(maker.allocate(allocator, capacity / 2, capacity), capacity / 2, capacity);
            });
        }
    }

    private void assertFresh(ByteBuf fresh, int capacity, int maxCapacity) {
        runAndRelease(fresh, buf -> {
            assertThat(buf.capacity()).isEqualTo(capacity);
            assertThat(buf.maxCapacity()).isEqualTo(maxCapacity);
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isZero();
            assertThat(buf.writableBytes()).isEqualTo(capacity);
            assertThat(buf.alloc()).isSameAs(allocator);
            assertThat(buf.isReadOnly()).isFalse();
            assertThat(buf.isContiguous()).isTrue();
        });
    }

    @Test
    void buffersLieWhereTheirNameSays() {
        runAndRelease(
                allocator.directBuffer(100), buf -> assertThat(buf.isDirect()).isTrue());
        runAndRelease(allocator.heapBuffer(100), buf -> {
            assertThat(buf.isDirect()).isFalse();
            assertThat(buf.hasArray()).isTrue();
        });
        runAndRelease(allocator.ioBuffer(100), buf -> assertThat(buf.isDirect()).isTrue());
    }

    @Test
    void aCapacityOfZeroIsACapacity() {
        bounded().forEach(maker -> {
            ByteBuf growing = maker.allocate(allocator, 0, 1000);
            assertThat(growing.capacity()).isZero();
            assertThat(growing.maxCapacity()).isEqualTo(1000);
            assertThat(growing.isWritable()).isFalse();
            growing.writeLong(42).writeZero(500);
            assertThat(growing.readLong()).isEqualTo(42);
            assertThat(growing.release()).isTrue();
        });
    }

    /** Netty hands out one empty buffer for all, which cannot be released. */
    @Test
    void aMaximumOfZeroIsABufferForNothing() {
        bounded().forEach(maker -> {
            ByteBuf buf = maker.allocate(allocator, 0, 0);
            assertThat(buf.capacity()).isZero();
            assertThat(buf.maxCapacity()).isZero();
            assertThat(buf.isReadable()).isFalse();
            assertThat(buf.alloc()).isSameAs(allocator);
            assertThatThrownBy(() -> buf.writeByte(1)).isInstanceOf(IndexOutOfBoundsException.class);
            buf.release();
        });
    }

    @Test
    void impossibleCapacitiesAreIllegal() {
        sized().forEach(maker -> assertIllegal(() -> maker.apply(allocator, -1)));
        bounded().forEach(maker -> {
            assertIllegal(() -> maker.allocate(allocator, -1, 10));
            assertIllegal(() -> maker.allocate(allocator, 11, 10));
            assertIllegal(() -> maker.allocate(allocator, 0, -1));
            assertIllegal(() -> maker.allocate(allocator, Integer.MAX_VALUE, 10));
        });
    }

    private static void assertIllegal(ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void compositesAreMadeOfTheAllocatorsBuffers() {
        assertComposite(allocator.compositeBuffer(), 16);
        assertComposite(allocator.compositeBuffer(7), 7);
        assertComposite(allocator.compositeHeapBuffer(), 16);
        assertComposite(allocator.compositeHeapBuffer(7), 7);
        assertComposite(allocator.compositeDirectBuffer(), 16);
        assertComposite(allocator.compositeDirectBuffer(7), 7);
    }

    private void assertComposite(CompositeByteBuf composite, int maxComponents) {
        assertThat(composite.maxNumComponents()).isEqualTo(maxComponents);
        assertThat(composite.alloc()).isSameAs(allocator);
        for (int i = 0; i < 20; i++) {
            composite.addComponent(true, allocator.buffer(100).writeInt(i).writeZero(60));
        }
        composite.writeLong(20);
        assertThat(composite.numComponents()).isLessThanOrEqualTo(maxComponents + 1);
        for (int i = 0; i < 20; i++) {
            assertThat(composite.skipBytes(i == 0 ? 0 : 60).readInt()).isEqualTo(i);
        }
        assertThat(composite.skipBytes(60).readLong()).isEqualTo(20);
        ByteBuf component = composite.component(0).unwrap();
        assertThat(composite.release()).isTrue();
        assertThat(component == null ? 0 : component.refCnt()).isZero();
        assertThatThrownBy(() -> composite.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void newCapacitiesDoubleFrom64AndStepAbove4MiB() {
        assertThat(allocator.calculateNewCapacity(1, Integer.MAX_VALUE)).isEqualTo(64);
        assertThat(allocator.calculateNewCapacity(65, Integer.MAX_VALUE)).isEqualTo(128);
        assertThat(allocator.calculateNewCapacity(100_000, Integer.MAX_VALUE)).isEqualTo(131_072);
        assertThat(allocator.calculateNewCapacity(4 * MIB, Integer.MAX_VALUE)).isEqualTo(4 * MIB);
        assertThat(allocator.calculateNewCapacity(5 * MIB, Integer.MAX_VALUE)).isBetween(5 * MIB, 8 * MIB);
        assertThat(allocator.calculateNewCapacity(100, 110))
                .as("not above the maximum")
                .isEqualTo(110);
        assertThat(allocator.calculateNewCapacity(Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isEqualTo(Integer.MAX_VALUE);
        assertIllegal(() -> allocator.calculateNewCapacity(-1, 10));
        assertIllegal(() -> allocator.calculateNewCapacity(11, 10));
    }

    @Test
    void theMetricIsOneObjectForLife() {
        var provider = (ByteBufAllocatorMetricProvider) allocator;
        assertThat(provider.metric()).isSameAs(provider.metric());
        ByteBuf direct = allocator.directBuffer(MIB);
        ByteBuf heap = allocator.heapBuffer(MIB);
        assertThat(provider.metric().usedDirectMemory()).isGreaterThanOrEqualTo(MIB);
        assertThat(provider.metric().usedHeapMemory()).isGreaterThanOrEqualTo(MIB);
        direct.release();
        heap.release();
    }

    @Test
    void theAllocatorHasAName() {
        assertThat(allocator.toString()).contains(typeName());
    }

    /** The name of the type that users know. */
    String typeName() {
        return allocator.getClass().getSimpleName();
    }
}
