package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How a buffer grows and shrinks, by request and by being written to. */
interface CapacityContract extends ContractSubject {

    @EveryKind(except = FIXED_CAPACITY)
    default void growingKeepsContentAndIndexes(BufferKind kind) {
        byte[] content = Bytes.random(1, CAPACITY);
        withContent(kind, content, buf -> {
            buf.setIndex(20, 290);
            for (int capacity : new int[] {301, 320, 321, 1000, 4096, 5000, 70_000}) {
                assertThat(buf.capacity(capacity)).isSameAs(buf);
                assertThat(buf.capacity()).isEqualTo(capacity);
                buf.setByte(capacity - 1, 1);
                assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(content);
                assertThat(buf.readerIndex()).isEqualTo(20);
                assertThat(buf.writerIndex()).isEqualTo(290);
            }
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void shrinkingKeepsTheContentThatStillFits(BufferKind kind) {
        byte[] content = Bytes.random(2, CAPACITY);
        withContent(kind, content, buf -> {
            for (int capacity : new int[] {299, 257, 100, 64, 63, 1, 0}) {
                assertThat(buf.capacity(capacity)).isSameAs(buf);
                assertThat(buf.capacity()).isEqualTo(capacity);
                assertThat(Bytes.get(buf, 0, capacity)).isEqualTo(Arrays.copyOf(content, capacity));
                assertThatThrownBy(() -> buf.getByte(capacity)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            buf.capacity(CAPACITY).setByte(CAPACITY - 1, 1);
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void capacityOfTheSameSizeChangesNothing(BufferKind kind) {
        byte[] content = Bytes.random(3, CAPACITY);
        withContent(kind, content, buf -> {
            buf.setIndex(7, 70).capacity(CAPACITY);
            assertThat(buf.readerIndex()).isEqualTo(7);
            assertThat(buf.writerIndex()).isEqualTo(70);
            assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(content);
        });
    }

    @EveryKind
    default void negativeCapacitiesAreIllegal(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThatThrownBy(() -> buf.capacity(-1))
                    .isInstanceOfAny(IllegalArgumentException.class, UnsupportedOperationException.class);
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void writingGrowsTheBuffer(BufferKind kind) {
        byte[] content = Bytes.random(4, 5000);
        withEmpty(kind, buf -> {
            for (byte value : content) {
                buf.writeByte(value);
            }
            assertThat(buf.writerIndex()).isEqualTo(content.length);
            assertThat(buf.capacity()).isBetween(content.length, buf.maxCapacity());
            assertThat(Bytes.readable(buf)).isEqualTo(content);
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void everySortOfWriteGrowsTheBuffer(BufferKind kind) {
        for (Consumer<ByteBuf> write : writes()) {
            withEmpty(kind, buf -> {
                buf.writerIndex(buf.capacity());
                write.accept(buf);
                assertThat(buf.writerIndex()).isBetween(CAPACITY + 1, buf.capacity());
            });
        }
    }

    private static List<Consumer<ByteBuf>> writes() {
        return List.of(
                b -> b.writeByte(1),
                b -> b.writeShort(1),
                b -> b.writeMedium(1),
                b -> b.writeInt(1),
                b -> b.writeLong(1),
                b -> b.writeZero(1000),
                b -> b.writeBytes(new byte[1000]),
                b -> b.writeBytes(ByteBuffer.allocate(500)),
                b -> b.writeCharSequence("grow", StandardCharsets.UTF_8));
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void ensureWritableMakesRoomWithoutMovingIndexes(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.setIndex(5, 290);
            assertThat(buf.ensureWritable(10)).isSameAs(buf);
            assertThat(buf.capacity()).as("had the room").isEqualTo(CAPACITY);
            assertThat(buf.ensureWritable(2000)).isSameAs(buf);
            assertThat(buf.writableBytes()).isGreaterThanOrEqualTo(2000);
            assertThat(buf.readerIndex()).isEqualTo(5);
            assertThat(buf.writerIndex()).isEqualTo(290);
        });
    }

    @EveryKind
    default void ensureWritableRefusesNonsense(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.writerIndex(10);
            assertThatThrownBy(() -> buf.ensureWritable(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> buf.ensureWritable(-1, true)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> buf.ensureWritable(Integer.MAX_VALUE))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(buf.ensureWritable(Integer.MAX_VALUE, /* force= */ false))
                    .isEqualTo(1);
            assertThat(buf.capacity()).isEqualTo(CAPACITY);
        });
    }

    @EveryKind
    default void maxFastWritableBytesLieBetweenWritableAndMaxWritable(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.writerIndex(10);
            assertThat(buf.maxFastWritableBytes()).isBetween(buf.writableBytes(), buf.maxWritableBytes());
            buf.writerIndex(CAPACITY);
            assertThat(buf.maxFastWritableBytes()).isBetween(0, buf.maxWritableBytes());
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void fastWritableBytesAreWrittenWithoutMovingTheMemory(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.writerIndex(CAPACITY - 1);
            boolean hasAddress = buf.hasMemoryAddress();
            long address = hasAddress ? buf.memoryAddress() : 0;
            Object array = buf.hasArray() ? buf.array() : buf;
            int fast = buf.maxFastWritableBytes();
            buf.writeZero(fast);
            assertThat(buf.maxFastWritableBytes()).isZero();
            assertThat(hasAddress ? buf.memoryAddress() : 0).isEqualTo(address);
            assertThat(buf.hasArray() ? buf.array() : buf).isSameAs(array);
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void roomIsFoundAgainAfterShrinking(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.capacity(100).writerIndex(100);
            assertThat(buf.isWritable()).isFalse();
            buf.writeLong(Long.MIN_VALUE);
            assertThat(buf.getLong(100)).isEqualTo(Long.MIN_VALUE);
        });
    }

    @Test
    default void growthEndsAtMaxCapacity() {
        for (ByteBuf fresh : bounded(10, 1000)) {
            runAndRelease(fresh, buf -> {
                assertThat(buf.maxCapacity()).isEqualTo(1000);
                buf.writeZero(1000);
                assertThat(buf.capacity()).isEqualTo(1000);
                assertThat(buf.maxWritableBytes()).isZero();
                assertThat(buf.maxFastWritableBytes()).isZero();
                assertThatThrownBy(() -> buf.writeByte(1)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> buf.writeLong(1)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> buf.writeBytes(new byte[1])).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> buf.ensureWritable(1)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> buf.capacity(1001)).isInstanceOf(IllegalArgumentException.class);
                assertThat(buf.writerIndex()).isEqualTo(1000);
            });
        }
    }

    @Test
    default void noValueIsWrittenPastMaxCapacity() {
        for (ByteBuf fresh : bounded(10, 1000)) {
            runAndRelease(fresh, buf -> {
                buf.writeZero(1000);
                for (Primitive type : Primitive.values()) {
                    int tooFar = 1000 - type.width + 1;
                    buf.writerIndex(tooFar);
                    assertThatThrownBy(() -> type.writer.write(buf, -1), "%s", type)
                            .isInstanceOf(IndexOutOfBoundsException.class);
                    assertThat(buf.writerIndex()).as("%s", type).isEqualTo(tooFar);
                }
                assertThat(Bytes.get(buf, 0, 1000)).containsOnly(0);
            });
        }
    }

    @Test
    default void ensureWritableTellsWhatItDid() {
        for (ByteBuf fresh : bounded(100, 1000)) {
            runAndRelease(fresh, buf -> {
                buf.writerIndex(50);
                assertThat(buf.ensureWritable(50, false)).as("enough").isZero();
                assertThat(buf.ensureWritable(50, true)).as("enough").isZero();
                assertThat(buf.capacity()).isEqualTo(100);
                assertThat(buf.ensureWritable(200, false)).as("grown").isEqualTo(2);
                assertThat(buf.capacity()).isBetween(250, 1000);
                int capacity = buf.capacity();
                assertThat(buf.ensureWritable(951, false)).as("too much").isEqualTo(1);
                assertThat(buf.capacity()).isEqualTo(capacity);
                assertThat(buf.ensureWritable(951, true)).as("all there is").isEqualTo(3);
                assertThat(buf.capacity()).isEqualTo(1000);
                assertThat(buf.ensureWritable(951, true)).as("nothing left").isEqualTo(1);
            });
        }
    }

    @Test
    default void aBufferAtItsMaximumStillShrinks() {
        for (ByteBuf fresh : bounded(1000, 1000)) {
            runAndRelease(fresh, buf -> {
                assertThat(buf.maxFastWritableBytes()).isEqualTo(1000);
                buf.writeZero(1000).capacity(10);
                assertThat(buf.writerIndex()).isEqualTo(10);
                assertThat(buf.maxCapacity()).isEqualTo(1000);
                buf.writeZero(990);
                assertThat(buf.capacity()).isEqualTo(1000);
            });
        }
    }

    private List<ByteBuf> bounded(int initialCapacity, int maxCapacity) {
        return List.of(
                allocator().directBuffer(initialCapacity, maxCapacity),
                allocator().heapBuffer(initialCapacity, maxCapacity),
                allocator().buffer(initialCapacity, maxCapacity),
                allocator().ioBuffer(initialCapacity, maxCapacity));
    }
}
