package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.netty.ForebayAllocator;
import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever view the last reference is released through, the charge goes back with it, once, and not before. */
class ChargedBufTest {
    private final MemoryBudget budget = MemoryBudget.create("test", 1024);

    static Stream<ByteBufAllocator> allocators() {
        return Stream.of(ForebayAllocator.create(), UnpooledByteBufAllocator.DEFAULT, new PooledByteBufAllocator(true));
    }

    private ByteBuf charged(ByteBufAllocator allocator) {
        assertThat(budget.tryReserve(64)).isTrue();
        return new ChargedBuf(allocator.buffer(64, 64), budget, 64).writeZero(64);
    }

    @SuppressWarnings("deprecation") // order() has to be right all the same
    private static List<UnaryOperator<ByteBuf>> sharedViews() {
        return List.of(
                ByteBuf::slice,
                buffer -> buffer.slice(1, 2),
                buffer -> buffer.readSlice(3),
                ByteBuf::duplicate,
                ByteBuf::asReadOnly,
                buffer -> buffer.order(ByteOrder.LITTLE_ENDIAN),
                buffer -> buffer.slice().duplicate().asReadOnly().slice(1, 1));
    }

    private static List<UnaryOperator<ByteBuf>> retainedViews() {
        return List.of(
                ByteBuf::retainedSlice,
                buffer -> buffer.retainedSlice(1, 2),
                buffer -> buffer.readRetainedSlice(3),
                ByteBuf::retainedDuplicate,
                buffer -> buffer.retainedSlice().slice(1, 2));
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void aViewThatSharesTheCountGivesTheChargeBack(ByteBufAllocator allocator) {
        for (UnaryOperator<ByteBuf> view : sharedViews()) {
            ByteBuf buffer = charged(allocator);
            assertThat(view.apply(buffer).release()).isTrue();
            assertThat(budget.used()).isZero();
            assertThat(buffer.refCnt()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void aRetainedViewKeepsTheChargeUntilBothAreReleased(ByteBufAllocator allocator) {
        for (UnaryOperator<ByteBuf> view : retainedViews()) {
            ByteBuf buffer = charged(allocator);
            ByteBuf retained = view.apply(buffer);
            assertThat(buffer.release()).isFalse();
            assertThat(budget.used()).isEqualTo(64);
            assertThat(retained.release()).isTrue();
            assertThat(budget.used()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void acompositeOfThemGivesTheChargeBack(ByteBufAllocator allocator) {
        ByteBuf composite =
                Unpooled.wrappedBuffer(charged(allocator), charged(allocator).slice(1, 2));
        assertThat(composite.readableBytes()).isEqualTo(66);
        composite.release();
        assertThat(budget.used()).isZero();
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void severalReferencesAtOnceGiveTheChargeBackOnce(ByteBufAllocator allocator) {
        ByteBuf buffer = charged(allocator).retain(2);
        assertThat(buffer.release(2)).isFalse();
        assertThat(budget.used()).isEqualTo(64);
        assertThat(buffer.release(1)).isTrue();
        assertThat(budget.used()).isZero();
    }

    @Test
    void theBufferCannotOutgrowItsCharge() {
        ByteBuf buffer = charged(UnpooledByteBufAllocator.DEFAULT);
        assertThatThrownBy(() -> buffer.writeByte(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.capacity(65)).isInstanceOf(IllegalArgumentException.class);
        buffer.release();
        assertThat(budget.used()).isZero();
    }
}
