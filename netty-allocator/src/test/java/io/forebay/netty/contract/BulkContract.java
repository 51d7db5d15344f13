package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Transfers to and from byte arrays, and the zeroing of ranges. */
interface BulkContract extends ContractSubject {
    byte[] CONTENT = Bytes.random(7, CAPACITY);

    @EveryKind(except = {})
    default void getBytesCopiesARange(BufferKind kind) {
        withContent(kind, CONTENT, buf -> {
            byte[] whole = new byte[CAPACITY];
            assertThat(buf.getBytes(0, whole)).isSameAs(buf);
            assertThat(whole).isEqualTo(CONTENT);
            byte[] part = new byte[20];
            assertThat(buf.getBytes(50, part, 5, 10)).isSameAs(buf);
            assertThat(part).startsWith(0, 0, 0, 0, 0).endsWith(0, 0, 0, 0, 0);
            assertThat(part).containsSequence(Arrays.copyOfRange(CONTENT, 50, 60));
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind(except = {})
    default void readBytesMovesTheReaderIndex(BufferKind kind) {
        withContent(kind, CONTENT, buf -> {
            byte[] first = new byte[100];
            assertThat(buf.readBytes(first)).isSameAs(buf);
            byte[] rest = new byte[CAPACITY];
            assertThat(buf.readBytes(rest, 3, CAPACITY - 100)).isSameAs(buf);
            assertThat(first).isEqualTo(Arrays.copyOf(CONTENT, 100));
            assertThat(Arrays.copyOfRange(rest, 3, 3 + CAPACITY - 100))
                    .isEqualTo(Arrays.copyOfRange(CONTENT, 100, CAPACITY));
            assertThat(buf.isReadable()).isFalse();
        });
    }

    @EveryKind
    default void setBytesFillsARangeAndNothingElse(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setZero(0, CAPACITY);
            assertThat(buf.setBytes(10, CONTENT, 4, 100)).isSameAs(buf);
            assertThat(Bytes.get(buf, 0, 10)).containsOnly(0);
            assertThat(Bytes.get(buf, 10, 100)).isEqualTo(Arrays.copyOfRange(CONTENT, 4, 104));
            assertThat(Bytes.get(buf, 110, CAPACITY - 110)).containsOnly(0);
            assertThat(buf.setBytes(0, CONTENT)).isSameAs(buf);
            assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(CONTENT);
            assertThat(buf.writerIndex()).isZero();
        });
    }

    @EveryKind
    default void writeBytesMovesTheWriterIndex(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.writeBytes(CONTENT, 10, 50)).isSameAs(buf);
            assertThat(buf.writerIndex()).isEqualTo(50);
            assertThat(buf.writeBytes(new byte[] {1, 2, 3})).isSameAs(buf);
            assertThat(buf.writerIndex()).isEqualTo(53);
            assertThat(Bytes.get(buf, 0, 50)).isEqualTo(Arrays.copyOfRange(CONTENT, 10, 60));
            assertThat(Bytes.get(buf, 50, 3)).containsExactly(1, 2, 3);
        });
    }

    @EveryKind(except = {})
    default void gettingArraysOutOfRangeThrows(BufferKind kind) {
        withContent(kind, CONTENT, buf -> {
            byte[] array = new byte[CAPACITY + 10];
            assertRefused(buf, () -> buf.getBytes(-1, array, 0, 5));
            assertRefused(buf, () -> buf.getBytes(CAPACITY - 4, array, 0, 5));
            assertRefused(buf, () -> buf.getBytes(0, array));
            assertRefused(buf, () -> buf.getBytes(0, array, array.length - 4, 5));
            assertRefused(buf, () -> buf.getBytes(0, array, -1, 5));
            assertRefused(buf, () -> buf.readBytes(array));
            assertRefused(buf, () -> buf.getBytes(Integer.MAX_VALUE, array, 0, 5));
            assertThatThrownBy(() -> buf.getBytes(0, (byte[]) null)).isInstanceOf(NullPointerException.class);
        });
    }

    @EveryKind
    default void settingArraysOutOfRangeThrows(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertRefused(buf, () -> buf.setBytes(-1, CONTENT, 0, 5));
            assertRefused(buf, () -> buf.setBytes(CAPACITY - 4, CONTENT, 0, 5));
            assertRefused(buf, () -> buf.setBytes(1, CONTENT));
            assertRefused(buf, () -> buf.setBytes(0, CONTENT, CAPACITY - 4, 5));
            assertRefused(buf, () -> buf.setBytes(0, CONTENT, -1, 5));
            assertRefused(buf, () -> buf.setBytes(Integer.MAX_VALUE, CONTENT, 0, 5));
            assertThatThrownBy(() -> buf.setBytes(0, (byte[]) null)).isInstanceOf(NullPointerException.class);
        });
    }

    @EveryKind(except = {})
    default void negativeLengthsAreRefused(BufferKind kind) {
        withContent(kind, CONTENT, buf -> {
            assertNegative(() -> buf.getBytes(0, new byte[8], 0, -1));
            assertNegative(() -> buf.readBytes(new byte[8], 0, -1));
            assertNegative(() -> buf.readBytes(-1));
            assertNegative(() -> buf.readSlice(-1));
            assertNegative(() -> buf.copy(0, -1));
            assertNegative(() -> buf.slice(0, -1));
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind
    default void zeroLengthsAreNoOperationsAnywhereInRange(BufferKind kind) {
        withEmpty(kind, buf -> {
            byte[] none = {};
            buf.getBytes(0, none).getBytes(CAPACITY, none).setBytes(CAPACITY, none);
            buf.writeBytes(none)
                    .readBytes(none)
                    .setZero(CAPACITY, 0)
                    .writeZero(0)
                    .skipBytes(0);
            assertThat(buf.writerIndex()).isZero();
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind
    default void zeroedRangesAreZeroAndTheirNeighboursAreNot(BufferKind kind) {
        withEmpty(kind, buf -> {
            for (int length : new int[] {1, 3, 4, 7, 8, 9, 63, 64, 65, 200}) {
                for (int i = 0; i < CAPACITY; i++) {
                    buf.setByte(i, 0x7F);
                }
                assertThat(buf.setZero(11, length)).isSameAs(buf);
                assertThat(Bytes.get(buf, 0, 11)).containsOnly(0x7F);
                assertThat(Bytes.get(buf, 11, length)).containsOnly(0);
                assertThat(Bytes.get(buf, 11 + length, CAPACITY - 11 - length)).containsOnly(0x7F);
            }
        });
    }

    @EveryKind
    default void writtenZeroesMoveTheWriterIndex(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setBytes(0, CONTENT).writerIndex(3);
            assertThat(buf.writeZero(77)).isSameAs(buf);
            assertThat(buf.writerIndex()).isEqualTo(80);
            assertThat(Bytes.get(buf, 3, 77)).containsOnly(0);
            assertThat(buf.getByte(80)).isEqualTo(CONTENT[80]);
            assertRefused(buf, () -> buf.setZero(CAPACITY - 1, 2));
            assertRefused(buf, () -> buf.setZero(-1, 2));
            assertNegative(() -> buf.writeZero(-1));
        });
    }

    private static void assertRefused(ByteBuf buf, ThrowingCallable action) {
        int readerIndex = buf.readerIndex();
        assertThatThrownBy(action).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(buf.readerIndex()).isEqualTo(readerIndex);
    }

    /** Netty calls a negative length out of bounds in some methods and an illegal argument in others. */
    static void assertNegative(ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
    }
}
