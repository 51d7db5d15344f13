package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/** Getting, setting, reading and writing of single values, in both byte orders, inside the bounds and outside. */
interface PrimitiveContract extends ContractSubject {
    int SEED = 20_261_123;

    /** Not among them: random bits may be no number at all, or no canonical truth. */
    Set<Primitive> STORED_AS_IS = EnumSet.range(Primitive.BYTE, Primitive.LONG_LE);

    @EveryKind
    default void setValuesLieInMemoryAsEncoded(BufferKind kind) {
        var random = new Random(SEED);
        withEmpty(kind, buf -> {
            for (Primitive type : Primitive.values()) {
                for (int index = 0; index <= CAPACITY - type.width; index++) {
                    long value = random.nextLong();
                    assertThat(type.setter.set(buf, index, value)).isSameAs(buf);
                    assertThat(Bytes.get(buf, index, type.width))
                            .as("%s at %d, seed %d", type, index, SEED)
                            .isEqualTo(type.encoded(value));
                }
            }
            assertThat(buf.writerIndex()).isZero();
        });
    }

    @EveryKind(except = {})
    default void gotValuesAreWhatLiesInMemory(BufferKind kind) {
        byte[] content = Bytes.random(SEED, CAPACITY);
        withContent(kind, content, buf -> {
            for (int index = 0; index <= CAPACITY - Long.BYTES; index++) {
                long big = ByteBuffer.wrap(content).getLong(index);
                long little = Long.reverseBytes(big);
                for (Primitive type : STORED_AS_IS) {
                    long value = type.littleEndian ? little : big >>> (Long.SIZE - 8 * type.width);
                    assertThat(type.getter.get(buf, index))
                            .as("%s at %d", type, index)
                            .isEqualTo(type.narrowed(value));
                }
            }
            assertThat(buf.readerIndex()).isZero();
        });
    }

    @EveryKind
    default void writtenValuesAreReadBackInOrder(BufferKind kind) {
        withEmpty(kind, buf -> {
            var values = new Random(SEED);
            for (Primitive type : Primitive.values()) {
                int writerIndex = buf.writerIndex();
                assertThat(type.writer.write(buf, values.nextLong())).isSameAs(buf);
                assertThat(buf.writerIndex()).as("after %s", type).isEqualTo(writerIndex + type.width);
            }
            var again = new Random(SEED);
            for (Primitive type : Primitive.values()) {
                int readerIndex = buf.readerIndex();
                long expected = type.narrowed(again.nextLong());
                assertThat(type.reader.read(buf)).as("%s, seed %d", type, SEED).isEqualTo(expected);
                assertThat(buf.readerIndex()).as("after %s", type).isEqualTo(readerIndex + type.width);
            }
            assertThat(buf.isReadable()).isFalse();
        });
    }

    @EveryKind
    default void valuesDoNotTouchTheirNeighbours(BufferKind kind) {
        withEmpty(kind, buf -> {
            for (Primitive type : Primitive.values()) {
                buf.setZero(0, 32);
                type.setter.set(buf, 10, -1);
                assertThat(buf.getByte(9)).as("before %s", type).isZero();
                assertThat(buf.getByte(10 + type.width)).as("after %s", type).isZero();
            }
        });
    }

    @EveryKind(except = {})
    default void gettingOutsideTheCapacityThrows(BufferKind kind) {
        withContent(kind, Bytes.ascending(CAPACITY), buf -> {
            for (Primitive type : Primitive.values()) {
                for (int index : outside(type)) {
                    assertThatThrownBy(() -> type.getter.get(buf, index), "%s at %d", type, index)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
        });
    }

    @EveryKind
    default void settingOutsideTheCapacityThrowsAndDoesNotGrow(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setZero(0, CAPACITY);
            for (Primitive type : Primitive.values()) {
                for (int index : outside(type)) {
                    assertThatThrownBy(() -> type.setter.set(buf, index, -1), "%s at %d", type, index)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
            assertThat(Bytes.get(buf, 0, CAPACITY)).containsOnly(0);
        });
    }

    private static int[] outside(Primitive type) {
        return new int[] {-1, Integer.MIN_VALUE, CAPACITY - type.width + 1, CAPACITY, CAPACITY + 1, Integer.MAX_VALUE};
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void aValueWiderThanTheBufferIsOutsideAtEveryIndex(BufferKind kind) {
        withEmpty(kind, buf -> {
            for (Primitive type : Primitive.values()) {
                buf.capacity(type.width - 1);
                for (int index : new int[] {-1, 0, type.width - 1, Integer.MAX_VALUE}) {
                    assertThatThrownBy(() -> type.getter.get(buf, index), "%s at %d", type, index)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                    assertThatThrownBy(() -> type.setter.set(buf, index, -1), "%s at %d", type, index)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void aWrittenValueGrowsTheBufferOnlyWhereItDoesNotFit(BufferKind kind) {
        byte[] content = Bytes.random(SEED, CAPACITY);
        var random = new Random(SEED);
        for (Primitive type : Primitive.values()) {
            for (int missing = 0; missing <= type.width; missing++) {
                int room = type.width - missing;
                boolean fits = missing == 0;
                withContent(kind, content, buf -> {
                    int at = CAPACITY - room;
                    long value = random.nextLong();
                    type.writer.write(buf.writerIndex(at), value);
                    assertThat(buf.capacity() == CAPACITY)
                            .as("%s fits into %d", type, room)
                            .isEqualTo(fits);
                    assertThat(buf.writerIndex()).isEqualTo(at + type.width);
                    assertThat(Bytes.get(buf, 0, at)).isEqualTo(Arrays.copyOf(content, at));
                    assertThat(Bytes.get(buf, at, type.width)).isEqualTo(type.encoded(value));
                });
            }
        }
    }

    @EveryKind(except = {})
    default void readingPastTheWriterIndexThrowsAndStays(BufferKind kind) {
        withContent(kind, Bytes.ascending(CAPACITY), buf -> {
            for (Primitive type : Primitive.values()) {
                int readerIndex = CAPACITY - type.width + 1;
                for (int writerIndex : new int[] {CAPACITY, readerIndex}) {
                    buf.setIndex(readerIndex, writerIndex);
                    assertThatThrownBy(() -> type.reader.read(buf), "%s", type)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                    assertThat(buf.readerIndex()).as("%s", type).isEqualTo(readerIndex);
                }
            }
        });
    }

    @EveryKind
    @SuppressWarnings("deprecation") // order(..) is deprecated, not gone: handlers use it
    default void aBufferInLittleEndianOrderIsAViewThatSwaps(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThat(buf.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            assertThat(buf.order(ByteOrder.BIG_ENDIAN)).isSameAs(buf);
            ByteBuf swapped = buf.order(ByteOrder.LITTLE_ENDIAN);
            assertThat(swapped.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            swapped.writeShort(0x0102)
                    .writeMedium(0x030405)
                    .writeInt(0x06070809)
                    .writeLong(0x0A0B0C0D0E0F1011L);
            assertThat(buf.writerIndex()).isEqualTo(17);
            assertThat(buf.readShortLE()).isEqualTo((short) 0x0102);
            assertThat(buf.readMediumLE()).isEqualTo(0x030405);
            assertThat(swapped.readInt()).isEqualTo(0x06070809);
            assertThat(buf.readLongLE()).isEqualTo(0x0A0B0C0D0E0F1011L);
            assertThat(swapped.refCnt()).isEqualTo(1);
        });
    }
}
