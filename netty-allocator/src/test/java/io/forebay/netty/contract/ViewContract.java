package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.Arrays;

/** Slices and duplicates, which share the memory, and copies, which do not. */
interface ViewContract extends ContractSubject {
    byte[] VIEWED = Bytes.ascending(CAPACITY);

    @EveryKind(except = {})
    default void aSliceIsAWindowOnTheSameMemory(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf slice = buf.slice(100, 50);
            assertThat(slice.readerIndex()).isZero();
            assertThat(slice.writerIndex()).isEqualTo(50);
            assertThat(slice.capacity()).isEqualTo(50);
            assertThat(slice.maxCapacity()).isEqualTo(50);
            assertThat(slice.isWritable()).isFalse();
            assertThat(Bytes.readable(slice)).isEqualTo(Arrays.copyOfRange(VIEWED, 100, 150));
            assertThat(slice.getLong(3)).isEqualTo(buf.getLong(103));
            assertThat(slice.refCnt()).isEqualTo(1);
            assertThat(slice.isDirect()).isEqualTo(buf.isDirect());
        });
    }

    @EveryKind(except = {})
    default void aSliceWithoutArgumentsIsTheReadablePart(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            buf.setIndex(30, 70);
            assertThat(Bytes.readable(buf.slice())).isEqualTo(Arrays.copyOfRange(VIEWED, 30, 70));
            buf.setIndex(CAPACITY, CAPACITY);
            assertThat(buf.slice().capacity()).isZero();
            assertThat(buf.slice(0, 0).isReadable()).isFalse();
        });
    }

    @EveryKind(except = {})
    default void slicesBeyondTheCapacityAreRefused(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            assertThatThrownBy(() -> buf.slice(-1, 10)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.slice(CAPACITY - 9, 10)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.retainedSlice(0, CAPACITY + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.readSlice(CAPACITY + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.readRetainedSlice(CAPACITY + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.slice(10, 10).getByte(10)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.slice(10, 10).slice(5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(buf.refCnt()).as("no reference lost on the way").isEqualTo(1);
        });
    }

    @EveryKind
    default void writesAreSeenThroughEveryView(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf slice = buf.slice(100, 50);
            ByteBuf duplicate = buf.duplicate();
            ByteBuf nested = slice.slice(10, 20);
            buf.setInt(112, 0x01020304);
            assertThat(slice.getInt(12)).isEqualTo(0x01020304);
            assertThat(duplicate.getInt(112)).isEqualTo(0x01020304);
            assertThat(nested.getInt(2)).isEqualTo(0x01020304);
            nested.setInt(2, 0x0A0B0C0D);
            assertThat(buf.getInt(112)).isEqualTo(0x0A0B0C0D);
            duplicate.setInt(112, 0x11121314);
            assertThat(slice.getInt(12)).isEqualTo(0x11121314);
        });
    }

    @EveryKind(except = {})
    default void viewsHaveIndexesOfTheirOwn(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            buf.setIndex(10, 200);
            ByteBuf duplicate = buf.duplicate();
            assertThat(duplicate.readerIndex()).isEqualTo(10);
            assertThat(duplicate.writerIndex()).isEqualTo(200);
            assertThat(duplicate.capacity()).isEqualTo(CAPACITY);
            assertThat(duplicate.maxCapacity()).isEqualTo(buf.maxCapacity());
            duplicate.setIndex(20, 30);
            buf.slice(0, 100).readerIndex(50);
            assertThat(buf.readerIndex()).isEqualTo(10);
            assertThat(buf.writerIndex()).isEqualTo(200);
        });
    }

    @EveryKind(except = {})
    default void readingASliceMovesTheReaderIndex(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            assertThat(Bytes.readable(buf.readSlice(10))).isEqualTo(Arrays.copyOf(VIEWED, 10));
            assertThat(buf.readerIndex()).isEqualTo(10);
            ByteBuf retained = buf.readRetainedSlice(20);
            assertThat(Bytes.readable(retained)).isEqualTo(Arrays.copyOfRange(VIEWED, 10, 30));
            assertThat(buf.readerIndex()).isEqualTo(30);
            assertThat(buf.refCnt()).isEqualTo(2);
            retained.release(); // true from a view that counts for itself, as PooledByteBufAllocator's do
        });
    }

    @EveryKind(except = {})
    default void viewsOfWhatWasReadShareTheReference(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), VIEWED);
        ByteBuf slice = buf.slice(1, 10);
        ByteBuf duplicate = buf.duplicate();
        slice.retain();
        assertThat(buf.refCnt()).isEqualTo(2);
        assertThat(duplicate.release()).isFalse();
        assertThat(slice.release()).isTrue();
        assertThat(buf.refCnt()).isZero();
        assertThatThrownBy(() -> slice.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> duplicate.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @EveryKind(except = {})
    default void retainedViewsOutliveTheBuffer(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), VIEWED);
        ByteBuf slice = buf.retainedSlice(100, 50);
        ByteBuf duplicate = slice.retainedDuplicate();
        ByteBuf nested = duplicate.retainedSlice(10, 20);
        buf.readerIndex(200);
        ByteBuf rest = buf.retainedSlice();
        buf.release();
        assertThat(Bytes.readable(slice)).isEqualTo(Arrays.copyOfRange(VIEWED, 100, 150));
        slice.release();
        assertThat(Bytes.readable(duplicate)).isEqualTo(Arrays.copyOfRange(VIEWED, 100, 150));
        duplicate.release();
        assertThat(Bytes.readable(nested)).isEqualTo(Arrays.copyOfRange(VIEWED, 110, 130));
        nested.release();
        assertThat(Bytes.readable(rest)).isEqualTo(Arrays.copyOfRange(VIEWED, 200, CAPACITY));
        assertThat(rest.release()).as("the last one frees the memory").isTrue();
        assertThatThrownBy(() -> rest.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void viewsFollowABufferThatGrows(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf slice = buf.slice(10, 20);
            ByteBuf duplicate = buf.duplicate();
            buf.capacity(10_000).setByte(15, 99).setByte(9_999, 98);
            assertThat(slice.getByte(5)).isEqualTo((byte) 99);
            assertThat(duplicate.capacity()).isEqualTo(10_000);
            assertThat(duplicate.getByte(9_999)).isEqualTo((byte) 98);
            slice.setByte(6, 97);
            assertThat(buf.getByte(16)).isEqualTo((byte) 97);
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void aDuplicateThatGrowsTakesTheBufferAlong(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf duplicate = buf.duplicate();
            duplicate.writeZero(5000).setByte(5200, 55);
            assertThat(buf.capacity()).isEqualTo(duplicate.capacity());
            assertThat(buf.getByte(5200)).isEqualTo((byte) 55);
            assertThat(buf.writerIndex()).isEqualTo(CAPACITY);
        });
    }

    @EveryKind(except = {})
    default void aSliceCannotGrow(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf slice = buf.slice(10, 20);
            assertThatThrownBy(() -> slice.capacity(21))
                    .isInstanceOfAny(UnsupportedOperationException.class, IllegalArgumentException.class);
            assertThatThrownBy(() -> slice.writeByte(1))
                    .isInstanceOfAny(IndexOutOfBoundsException.class, UnsupportedOperationException.class);
        });
    }

    @EveryKind(except = {})
    default void aCopyIsIndependent(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            buf.setIndex(10, 200);
            ByteBuf copy = buf.copy();
            assertThat(Bytes.readable(copy)).isEqualTo(Arrays.copyOfRange(VIEWED, 10, 200));
            copy.setByte(0, 123).writeByte(1);
            assertThat(buf.getByte(10)).isEqualTo((byte) 10);
            assertThat(copy.refCnt()).isEqualTo(1);
            assertThat(copy.isReadOnly()).isFalse();
            assertThat(copy.release()).isTrue();
            ByteBuf part = buf.copy(250, 50);
            assertThat(part.isDirect()).isEqualTo(buf.isDirect());
            assertThat(Bytes.readable(part)).isEqualTo(Arrays.copyOfRange(VIEWED, 250, 300));
            part.release();
            assertThatThrownBy(() -> buf.copy(250, 51)).isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind(except = {})
    default void readBytesOfALengthIsACopy(BufferKind kind) {
        withContent(kind, VIEWED, buf -> {
            ByteBuf head = buf.readBytes(100);
            assertThat(buf.readerIndex()).isEqualTo(100);
            assertThat(Bytes.readable(head)).isEqualTo(Arrays.copyOf(VIEWED, 100));
            head.setByte(0, 99);
            assertThat(buf.getByte(0)).isZero();
            assertThat(head.release()).isTrue();
            assertThat(buf.readBytes(0).isReadable()).isFalse();
        });
    }
}
