package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/** Equality and order, which look at the readable bytes and nothing else. */
interface ComparisonContract extends ContractSubject {
    byte[] COMPARED = Bytes.random(31, CAPACITY);

    @EveryKind(except = {})
    default void equalityIsThatOfTheReadableBytes(BufferKind kind) {
        withContent(kind, COMPARED, buf -> {
            ByteBuf twin = Unpooled.wrappedBuffer(COMPARED.clone());
            assertEqual(buf, twin);
            buf.setIndex(10, 110);
            assertThat(buf).isNotEqualTo(twin);
            twin.setIndex(10, 110);
            assertEqual(buf, twin);
            assertEqual(buf, Unpooled.copiedBuffer(Arrays.copyOfRange(COMPARED, 10, 110)));
            assertEqual(buf, Unpooled.directBuffer(200).writeBytes(COMPARED, 10, 100));
            twin.setByte(109, COMPARED[109] + 1);
            assertThat(buf).isNotEqualTo(twin);
            assertThat(buf.equals((Object) "something else")).isFalse();
        });
    }

    private static void assertEqual(ByteBuf one, ByteBuf other) {
        assertThat(one).isEqualTo(other);
        assertThat(other).isEqualTo(one);
        assertThat(one.hashCode()).isEqualTo(other.hashCode());
        assertThat(one.compareTo(other)).isZero();
        assertThat(other.compareTo(one)).isZero();
    }

    @EveryKind(except = {})
    default void everyLengthAndEveryDifferenceCounts(BufferKind kind) {
        withContent(kind, COMPARED, buf -> {
            for (int length = 0; length < 40; length++) {
                buf.setIndex(3, 3 + length);
                ByteBuf twin = Unpooled.copiedBuffer(COMPARED, 3, length);
                assertEqual(buf, twin);
                for (int i = 0; i < length; i++) {
                    twin.setByte(i, ~COMPARED[3 + i]);
                    assertThat(buf).as("length %d, byte %d differs", length, i).isNotEqualTo(twin);
                    twin.setByte(i, COMPARED[3 + i]);
                }
            }
        });
    }

    @EveryKind(except = {})
    default void orderIsThatOfUnsignedBytesThenOfLengths(BufferKind kind) {
        byte[] content = {1, 2, 3, (byte) 0x80, 5, 6, 7, 8, 9};
        withContent(kind, content, buf -> {
            assertThat(buf.compareTo(Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 0x7F})))
                    .isPositive();
            assertThat(buf.compareTo(Unpooled.wrappedBuffer(new byte[] {1, 2, 3, (byte) 0x81})))
                    .isNegative();
            assertThat(buf.compareTo(Unpooled.wrappedBuffer(content, 0, 8))).isPositive();
            assertThat(buf.compareTo(Unpooled.wrappedBuffer(content, new byte[] {0})))
                    .isNegative();
            assertThat(buf.compareTo(Unpooled.EMPTY_BUFFER)).isPositive();
            buf.setIndex(4, 4);
            assertThat(buf).isEqualTo(Unpooled.EMPTY_BUFFER);
        });
    }

    @EveryKind(except = {})
    default void toStringTellsIndexesAndCapacityAndNeverThrows(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), COMPARED);
        assertThat(buf.toString()).contains("ridx: 0").contains("widx: 300").contains("cap: 300");
        assertThat(buf.slice(0, 3).toString()).contains("widx: 3");
        buf.release();
        assertThat(buf.toString()).contains("freed");
    }
}
