package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.ByteProcessor;
import java.util.ArrayList;
import java.util.List;

/** Looking for a byte, and walking over all of them. */
interface SearchContract extends ContractSubject {
    /** Each of 0 to 99, three times over. */
    private static byte[] haystack() {
        byte[] content = new byte[CAPACITY];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i % 100);
        }
        return content;
    }

    @EveryKind(except = {})
    default void indexOfFindsTheFirstInTheDirectionOfTheRange(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            byte needle = 42;
            assertThat(buf.indexOf(0, CAPACITY, needle)).isEqualTo(42);
            assertThat(buf.indexOf(43, CAPACITY, needle)).isEqualTo(142);
            assertThat(buf.indexOf(42, 43, needle)).as("from is in the range").isEqualTo(42);
            assertThat(buf.indexOf(0, 42, needle)).as("to is not").isEqualTo(-1);
            assertThat(buf.indexOf(CAPACITY, 0, needle)).as("backwards").isEqualTo(242);
            assertThat(buf.indexOf(242, 0, needle))
                    .as("backwards, from excluded")
                    .isEqualTo(142);
            assertThat(buf.indexOf(143, 142, needle))
                    .as("backwards, to included")
                    .isEqualTo(142);
            assertThat(buf.indexOf(10, 10, needle)).isEqualTo(-1);
            assertThat(buf.indexOf(0, CAPACITY, (byte) 100)).isEqualTo(-1);
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind(except = {})
    default void indexOfAtEveryPositionAndAlignment(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            for (int from = 0; from < 100; from++) {
                for (int needle = from; needle < 100; needle += 7) {
                    assertThat(buf.indexOf(from, CAPACITY, (byte) needle)).isEqualTo(needle);
                    assertThat(buf.indexOf(from, needle, (byte) needle)).isEqualTo(-1);
                }
            }
        });
    }

    @EveryKind(except = {})
    default void bytesBeforeCountsFromTheReaderIndex(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            buf.setIndex(10, 120);
            assertThat(buf.bytesBefore((byte) 42)).isEqualTo(32);
            assertThat(buf.bytesBefore((byte) 5)).isEqualTo(95);
            assertThat(buf.bytesBefore((byte) 101)).isEqualTo(-1);
            assertThat(buf.bytesBefore(32, (byte) 42)).isEqualTo(-1);
            assertThat(buf.bytesBefore(33, (byte) 42)).isEqualTo(32);
            assertThat(buf.bytesBefore(50, 100, (byte) 42)).isEqualTo(92);
            assertThatThrownBy(() -> buf.bytesBefore(111, (byte) 42)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(buf.readerIndex()).isEqualTo(10);
        });
    }

    @EveryKind(except = {})
    default void forEachByteVisitsTheReadableBytesInOrder(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            buf.setIndex(5, 105);
            List<Byte> seen = new ArrayList<>();
            assertThat(buf.forEachByte(seen::add)).isEqualTo(-1);
            assertThat(seen).hasSize(100);
            assertThat(seen.get(0)).isEqualTo((byte) 5);
            assertThat(seen.get(99)).isEqualTo((byte) 4);
            seen.clear();
            assertThat(buf.forEachByteDesc(seen::add)).isEqualTo(-1);
            assertThat(seen).hasSize(100);
            assertThat(seen.get(0)).isEqualTo((byte) 4);
            assertThat(seen.get(99)).isEqualTo((byte) 5);
        });
    }

    @EveryKind(except = {})
    default void forEachByteStopsWhereTheProcessorDoes(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            ByteProcessor untilSeven = value -> value != 7;
            assertThat(buf.forEachByte(untilSeven)).isEqualTo(7);
            assertThat(buf.forEachByteDesc(untilSeven)).isEqualTo(207);
            assertThat(buf.forEachByte(8, 200, untilSeven)).isEqualTo(107);
            assertThat(buf.forEachByteDesc(8, 150, untilSeven)).isEqualTo(107);
            assertThat(buf.forEachByte(8, 90, untilSeven)).isEqualTo(-1);
            assertThat(buf.forEachByte(0, 0, untilSeven)).isEqualTo(-1);
        });
    }

    @EveryKind(except = {})
    default void forEachByteOutOfRangeIsRefused(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            ByteProcessor any = value -> true;
            assertThatThrownBy(() -> buf.forEachByte(-1, 2, any)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.forEachByte(CAPACITY, 1, any)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.forEachByteDesc(1, CAPACITY, any))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind(except = {})
    default void whatTheProcessorThrowsComesThrough(BufferKind kind) {
        withContent(kind, haystack(), buf -> {
            ByteProcessor failing = value -> {
                throw new IllegalStateException("mine");
            };
            assertThatThrownBy(() -> buf.forEachByte(failing)).hasMessage("mine");
            assertThatThrownBy(() -> buf.forEachByteDesc(failing)).hasMessage("mine");
        });
    }
}
