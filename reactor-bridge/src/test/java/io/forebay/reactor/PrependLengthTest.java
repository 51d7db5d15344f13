package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A length in front of a frame is of the frame's kind of memory: a transport copies what is not direct as a whole. */
class PrependLengthTest {
    private static final int LARGE_BYTES = 3000; // more than is copied

    private final ForebayAllocator allocator = ForebayAllocator.create();
    private final PrependLength prepend = new PrependLength(4);

    @AfterEach
    void nothingLeaked() {
        assertThat(allocator.metric().direct().inUse()).isZero();
        assertThat(allocator.metric().heap().inUse()).isZero();
        allocator.close();
    }

    private void assertPrepended(Lease frame, int bytes, boolean isDirect, long lengthsInUse) {
        long before = allocator.metric().direct().inUse();
        try (Lease whole = prepend.apply(frame)) {
            assertThat(whole.buffer().isDirect()).isEqualTo(isDirect);
            assertThat(whole.buffer().getInt(whole.buffer().readerIndex())).isEqualTo(bytes);
            assertThat(whole.buffer().readableBytes()).isEqualTo(4 + bytes);
            assertThat(allocator.metric().direct().inUse() - before).isEqualTo(lengthsInUse);
        }
    }

    @Test
    void beforeADirectFrameItIsDirectOfTheSameAllocator() {
        assertPrepended(
                Lease.adopt(allocator.directBuffer(LARGE_BYTES).writeZero(LARGE_BYTES)),
                LARGE_BYTES,
                /* isDirect= */ true,
                1);
        ByteBuf frame = allocator.directBuffer(2 * LARGE_BYTES).writeZero(2 * LARGE_BYTES);
        try (Lease whole = Lease.adopt(frame)) {
            assertPrepended(whole.slice(2, LARGE_BYTES), LARGE_BYTES, /* isDirect= */ true, 1);
        }
    }

    @Test
    void aSmallFrameIsCopiedBehindItAndReleased() {
        assertPrepended(Lease.adopt(allocator.directBuffer(10).writeZero(7)), 7, /* isDirect= */ true, 0);
        assertPrepended(Lease.adopt(allocator.heapBuffer(10).writeZero(7)), 7, /* isDirect= */ false, 0);
        ByteBuf frame = allocator.directBuffer(10).writeBytes(new byte[] {1, 2, 3, 4, 5, 6, 7});
        try (Lease whole = Lease.adopt(frame)) {
            try (Lease prepended = prepend.apply(whole.slice(2, 3))) {
                assertThat(ByteBufUtil.getBytes(prepended.buffer())).containsExactly(0, 0, 0, 3, 3, 4, 5);
                assertThat(prepended.buffer().nioBufferCount()).isOne();
            }
            assertThat(frame.refCnt()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void aFieldOfAnyWidthIsBigEndian(int fieldBytes) {
        PrependLength prepend = new PrependLength(fieldBytes);
        ByteBuf bytes = allocator.directBuffer(0x81).writeZero(0x81);
        try (Lease whole = prepend.apply(bytes)) {
            assertThat(ByteBufUtil.hexDump(whole.buffer(), 0, fieldBytes))
                    .isEqualTo("00".repeat(fieldBytes - 1) + "81");
            assertThat(whole.buffer().readableBytes()).isEqualTo(fieldBytes + 0x81);
        }
        ByteBuf large = allocator.directBuffer(LARGE_BYTES).writeZero(LARGE_BYTES);
        if (fieldBytes == 1) {
            assertThatThrownBy(() -> prepend.apply(large))
                    .isInstanceOf(ByteLimitExceededException.class)
                    .hasMessageContaining("3000");
            return;
        }
        try (Lease whole = prepend.apply(large)) {
            assertThat(whole.isInside()).isFalse();
            assertThat(whole.buffer().nioBufferCount()).isEqualTo(2);
            assertThat(ByteBufUtil.hexDump(whole.buffer(), 0, fieldBytes))
                    .isEqualTo("00".repeat(fieldBytes - 2) + "0bb8");
        }
    }

    @Test
    void aSmallFrameInNoLeaseThatSomebodyElseReleasedIsRefused() {
        ByteBuf released = new UnpooledDirectByteBuf(allocator, 10, 10).writeZero(7);
        released.release();
        assertThatThrownBy(() -> prepend.apply(released)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void aSmallFrameThatSomebodyElseClosedLeavesNoCopyBehind() {
        Lease closed = Lease.adopt(allocator.directBuffer(10).writeZero(7));
        closed.close();
        assertThatThrownBy(() -> prepend.apply(closed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void likewiseWhereTheFrameIsChargedOrOfSeveralParts() {
        ReactiveBufferPool pool = ReactiveBufferPool.create(allocator, MemoryBudget.create("test", 100));
        Lease charged = Objects.requireNonNull(pool.tryAcquire(10));
        charged.buffer().writeZero(5);
        assertPrepended(
                charged, 5, charged.buffer().isDirect(), charged.buffer().isDirect() ? 1 : 0);
        CompositeByteBuf parts = new CompositeByteBuf(
                UnpooledByteBufAllocator.DEFAULT,
                /* direct= */ false,
                2,
                allocator.directBuffer(3).writeZero(3),
                allocator.directBuffer(4).writeZero(4));
        assertPrepended(Lease.adopt(parts), 7, /* isDirect= */ true, 1);
        assertPrepended(Lease.adopt(WatchedBuf.wrap(allocator.directBuffer(3).writeZero(3), () -> {})), 3, true, 1);
    }

    @Test
    void beforeOthersItIsFromTheHeap() {
        assertPrepended(
                Lease.adopt(allocator.heapBuffer(LARGE_BYTES).writeZero(LARGE_BYTES)),
                LARGE_BYTES,
                /* isDirect= */ false,
                0);
        assertPrepended(Lease.adopt(Unpooled.EMPTY_BUFFER), 0, /* isDirect= */ false, 0);
        assertPrepended(Lease.adopt(allocator.directBuffer(10)), 0, /* isDirect= */ false, 0);
    }

    /** Has one buffer to give. */
    private static final class One extends AbstractByteBufAllocator {
        private boolean isGiven;

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (isGiven) {
                throw new OutOfMemoryError("none left");
            }
            isGiven = true;
            return new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    @Test
    void whereTheAllocatorHasNoneItIsFromTheHeap() {
        assertPrepended(Lease.adopt(new One().directBuffer(10).writeZero(2)), 2, /* isDirect= */ false, 0);
    }

    @Test
    void likewiseWhereTheFramesBudgetOrAllocatorIsClosed() {
        MemoryBudget budget = MemoryBudget.create("test", 10_000);
        ByteBufAllocator view = ReactiveBufferPool.create(allocator, budget).asAllocator();
        ByteBuf ofTheView = view.directBuffer(10).writeZero(3);
        ByteBuf ofTheAllocator = allocator.directBuffer(10).writeZero(4);
        budget.close();
        assertPrepended(Lease.adopt(ofTheView), 3, /* isDirect= */ false, 0);
        assertThat(budget.used()).isZero();
        allocator.close();
        assertPrepended(Lease.adopt(ofTheAllocator), 4, /* isDirect= */ false, 0);
    }

    @Test
    void beforeAFrameOfABudgetItIsChargedToThat() {
        MemoryBudget budget = MemoryBudget.create("test", 10_000);
        ByteBufAllocator view = ReactiveBufferPool.create(allocator, budget).asAllocator();
        ByteBuf frame = view.directBuffer(LARGE_BYTES).writeZero(LARGE_BYTES);
        long before = budget.used();
        try (Lease whole = prepend.apply(Lease.adopt(frame))) {
            assertThat(whole.buffer().isDirect()).isTrue();
            assertThat(budget.used()).isGreaterThan(before);
        }
        assertThat(budget.used()).isZero();
    }
}
