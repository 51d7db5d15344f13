package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static io.forebay.netty.contract.BufferKind.Trait.VIEW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Reader and writer index: their range, their marks, and what is between them. */
interface IndexContract extends ContractSubject {

    @EveryKind
    default void freshBufferIsEmptyAndHasTheCapacityAskedFor(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isZero();
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
            assertThat(buf.maxCapacity()).isGreaterThanOrEqualTo(CAPACITY);
            assertThat(buf.refCnt()).isEqualTo(1);
        });
    }

    @EveryKind
    default void marksOfAFreshBufferAreZero(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(5, 9).resetReaderIndex();
            assertThat(buf.readerIndex()).isZero();
            buf.resetWriterIndex();
            assertThat(buf.writerIndex()).isZero();
        });
    }

    @EveryKind
    default void indexesDivideTheBuffer(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.setIndex(10, 40)).isSameAs(buf);
            assertThat(buf.readableBytes()).isEqualTo(30);
            assertThat(buf.writableBytes()).isEqualTo(CAPACITY - 40);
            assertThat(buf.maxWritableBytes()).isEqualTo(buf.maxCapacity() - 40);
            assertThat(buf.isReadable()).isTrue();
            assertThat(buf.isReadable(30)).isTrue();
            assertThat(buf.isReadable(31)).isFalse();
            assertThat(buf.isWritable()).isTrue();
            assertThat(buf.isWritable(CAPACITY - 40)).isTrue();
            assertThat(buf.isWritable(CAPACITY - 39)).isFalse();
        });
    }

    @EveryKind
    default void emptyAndFullAreSeen(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.isReadable()).isFalse();
            assertThat(buf.isReadable(0)).isTrue();
            buf.setIndex(CAPACITY, CAPACITY);
            assertThat(buf.isReadable()).isFalse();
            assertThat(buf.isWritable()).isFalse();
            assertThat(buf.isWritable(0)).isTrue();
            assertThat(buf.writableBytes()).isZero();
        });
    }

    @EveryKind
    default void readerIndexStaysBetweenZeroAndTheWriterIndex(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(10, 40);
            assertOutOfBounds(buf, () -> buf.readerIndex(-1));
            assertOutOfBounds(buf, () -> buf.readerIndex(41));
            assertThat(buf.readerIndex(40).readerIndex()).isEqualTo(40);
            assertThat(buf.readerIndex(0).readerIndex()).isZero();
        });
    }

    @EveryKind
    default void writerIndexStaysBetweenTheReaderIndexAndTheCapacity(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(10, 40);
            assertOutOfBounds(buf, () -> buf.writerIndex(9));
            assertOutOfBounds(buf, () -> buf.writerIndex(CAPACITY + 1));
            assertThat(buf.writerIndex(CAPACITY).writerIndex()).isEqualTo(CAPACITY);
            assertThat(buf.writerIndex(10).writerIndex()).isEqualTo(10);
        });
    }

    @EveryKind
    default void setIndexChecksBothOrChangesNeither(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(10, 40);
            assertOutOfBounds(buf, () -> buf.setIndex(-1, 20));
            assertOutOfBounds(buf, () -> buf.setIndex(21, 20));
            assertOutOfBounds(buf, () -> buf.setIndex(0, CAPACITY + 1));
            assertOutOfBounds(buf, () -> buf.setIndex(-2, -1));
            assertThat(buf.setIndex(0, CAPACITY).readableBytes()).isEqualTo(CAPACITY);
        });
    }

    @EveryKind
    default void clearForgetsTheIndexesAndKeepsTheBytes(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setByte(7, 77).setIndex(3, 9);
            assertThat(buf.clear()).isSameAs(buf);
            assertThat(buf.readerIndex()).isZero();
            assertThat(buf.writerIndex()).isZero();
            assertThat(buf.getByte(7)).isEqualTo((byte) 77);
        });
    }

    @EveryKind
    default void marksAreReturnedTo(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(3, 9);
            assertThat(buf.markReaderIndex()).isSameAs(buf);
            assertThat(buf.markWriterIndex()).isSameAs(buf);
            buf.setIndex(5, 50);
            assertThat(buf.resetReaderIndex()).isSameAs(buf);
            assertThat(buf.readerIndex()).isEqualTo(3);
            assertThat(buf.resetWriterIndex()).isSameAs(buf);
            assertThat(buf.writerIndex()).isEqualTo(9);
        });
    }

    @EveryKind
    default void aMarkThatIsOutOfRangeByNowIsRefused(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(20, 30).markReaderIndex().markWriterIndex();
            buf.setIndex(0, 10);
            assertOutOfBounds(buf, buf::resetReaderIndex);
            buf.setIndex(40, 50);
            assertOutOfBounds(buf, buf::resetWriterIndex);
        });
    }

    @EveryKind(except = {})
    default void skipBytesMovesTheReaderIndexOnly(BufferKind kind) {
        withContent(kind, Bytes.ascending(CAPACITY), buf -> {
            assertThat(buf.skipBytes(0).readerIndex()).isZero();
            assertThat(buf.skipBytes(10)).isSameAs(buf);
            assertThat(buf.readerIndex()).isEqualTo(10);
            assertThat(buf.writerIndex()).isEqualTo(CAPACITY);
            assertThat(buf.readByte()).isEqualTo((byte) 10);
            assertOutOfBounds(buf, () -> buf.skipBytes(CAPACITY - 10));
            assertUnmoved(buf, IllegalArgumentException.class, () -> buf.skipBytes(-1));
            assertThat(buf.skipBytes(CAPACITY - 11).isReadable()).isFalse();
        });
    }

    /** Not so for a duplicate: Netty leaves its indexes where they were, beyond the capacity. */
    @EveryKind(except = {FIXED_CAPACITY, VIEW})
    default void shrinkingTakesTheIndexesAlong(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(10, 200).capacity(100);
            assertThat(buf.readerIndex()).isEqualTo(10);
            assertThat(buf.writerIndex()).isEqualTo(100);
            buf.setIndex(80, 90).capacity(50);
            assertThat(buf.readerIndex()).isEqualTo(50);
            assertThat(buf.writerIndex()).isEqualTo(50);
            assertThat(buf.isReadable()).isFalse();
            assertThat(buf.isWritable()).isFalse();
        });
    }

    private static void assertOutOfBounds(ByteBuf buf, ThrowingCallable action) {
        assertUnmoved(buf, IndexOutOfBoundsException.class, action);
    }

    private static void assertUnmoved(ByteBuf buf, Class<? extends Exception> expected, ThrowingCallable action) {
        int readerIndex = buf.readerIndex();
        int writerIndex = buf.writerIndex();
        assertThatThrownBy(action).isInstanceOf(expected);
        assertThat(buf.readerIndex()).as("reader index after a refusal").isEqualTo(readerIndex);
        assertThat(buf.writerIndex()).as("writer index after a refusal").isEqualTo(writerIndex);
    }
}
