package io.forebay.netty.contract;

import static io.forebay.netty.contract.BufferKind.Trait.DIRECT_MEMORY;
import static io.forebay.netty.contract.BufferKind.Trait.FIXED_CAPACITY;
import static io.forebay.netty.contract.BufferKind.Trait.HEAP_MEMORY;
import static io.forebay.netty.contract.BufferKind.Trait.READ_ONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The buffer as {@link ByteBuffer}, as array and as address. */
interface NioContract extends ContractSubject {
    byte[] NIO_CONTENT = Bytes.random(21, CAPACITY);

    @EveryKind(except = {})
    default void nioBufferHoldsTheReadableBytes(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            buf.setIndex(20, 70);
            ByteBuffer nio = buf.nioBuffer();
            assertThat(nio.position()).isZero();
            assertThat(nio.remaining()).isEqualTo(50);
            assertThat(nio.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            assertThat(bytes(nio)).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 20, 70));
            assertThat(buf.readerIndex()).isEqualTo(20);
        });
    }

    @EveryKind(except = {})
    default void nioBufferOfARangeHoldsThatRangeWhateverTheIndexes(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            buf.setIndex(5, 6);
            assertThat(bytes(buf.nioBuffer(100, 200))).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 100, 300));
            assertThat(buf.nioBuffer(CAPACITY, 0).hasRemaining()).isFalse();
            assertThat(buf.nioBuffer(0, CAPACITY).remaining()).isEqualTo(CAPACITY);
            assertThatThrownBy(() -> buf.nioBuffer(CAPACITY - 4, 5)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.nioBuffer(-1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind(except = {})
    default void nioBuffersAreIndependentOfEachOther(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            ByteBuffer one = buf.nioBuffer(0, 100);
            ByteBuffer two = buf.nioBuffer(50, 100);
            buf.internalNioBuffer(3, 4).get();
            one.position(10).limit(20);
            assertThat(bytes(two)).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 50, 150));
            assertThat(one.remaining()).isEqualTo(10);
            assertThat(buf.nioBuffer(0, 100).remaining()).isEqualTo(100);
        });
    }

    @EveryKind
    default void nioBuffersShareTheMemory(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            ByteBuffer nio = buf.nioBuffer(10, 20);
            buf.setByte(15, 42);
            assertThat(nio.get(5)).isEqualTo((byte) 42);
            nio.put(6, (byte) 43);
            assertThat(buf.getByte(16)).isEqualTo((byte) 43);
            assertThat(nio.isReadOnly()).isFalse();
            assertThat(nio.isDirect()).isEqualTo(buf.isDirect());
        });
    }

    @EveryKind
    default void internalNioBufferIsPositionedOnTheRange(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            ByteBuffer nio = buf.internalNioBuffer(30, 40);
            assertThat(nio.remaining()).isEqualTo(40);
            assertThat(bytes(nio)).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 30, 70));
            nio = buf.internalNioBuffer(100, 10);
            assertThat(bytes(nio)).as("again, elsewhere").isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 100, 110));
            assertThat(buf.internalNioBuffer(0, CAPACITY).remaining()).isEqualTo(CAPACITY);
            assertThatThrownBy(() -> buf.internalNioBuffer(-1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.internalNioBuffer(CAPACITY - 4, 5))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        });
    }

    @EveryKind
    default void bulkTransfersMayBeMixedWithTheInternalNioBuffer(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            ByteBuffer nio = buf.internalNioBuffer(30, 40);
            ByteBuffer copy = ByteBuffer.allocate(10);
            buf.getBytes(200, copy);
            buf.setBytes(250, copy.flip());
            assertThat(Bytes.get(buf, 250, 10)).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 200, 210));
            nio.clear();
            assertThat(bytes(buf.internalNioBuffer(30, 40))).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 30, 70));
        });
    }

    @EveryKind(except = {})
    default void nioBuffersAreAsManyAsCounted(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            assertThat(buf.nioBufferCount()).isEqualTo(1);
            buf.setIndex(20, 70);
            ByteBuffer[] readable = buf.nioBuffers();
            assertThat(readable).hasSize(1);
            assertThat(bytes(readable[0])).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 20, 70));
            assertThat(bytes(buf.nioBuffers(100, 20)[0])).isEqualTo(Arrays.copyOfRange(NIO_CONTENT, 100, 120));
            assertThat(buf.isContiguous()).isTrue();
        });
    }

    @EveryKind(except = FIXED_CAPACITY)
    default void nioBuffersFollowTheBufferThatGrew(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            assertThat(buf.internalNioBuffer(0, 10).remaining()).isEqualTo(10);
            buf.capacity(20_000).setInt(19_996, 0x01020304);
            assertThat(bytes(buf.internalNioBuffer(0, CAPACITY))).isEqualTo(NIO_CONTENT);
            assertThat(buf.internalNioBuffer(19_990, 10).getInt(19_996 - 19_990 + position(buf)))
                    .isEqualTo(0x01020304);
            assertThat(buf.nioBuffer(19_996, 4).getInt()).isEqualTo(0x01020304);
        });
    }

    /** The internal buffer is either a window of the range, or the whole memory positioned on it. */
    private static int position(ByteBuf buf) {
        return buf.internalNioBuffer(19_990, 10).position();
    }

    @EveryKind(except = {DIRECT_MEMORY, READ_ONLY})
    default void theArrayIsTheMemory(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            if (!buf.hasArray()) {
                assertThat(buf.isDirect()).isTrue();
                return;
            }
            int offset = buf.arrayOffset();
            assertThat(Arrays.copyOfRange(buf.array(), offset, offset + CAPACITY))
                    .isEqualTo(NIO_CONTENT);
            buf.array()[offset + 33] = 11;
            assertThat(buf.getByte(33)).isEqualTo((byte) 11);
            assertThat(buf.slice(30, 10).arrayOffset()).isEqualTo(offset + 30);
            assertThat(buf.slice(30, 10).array()).isSameAs(buf.array());
            assertThat(buf.nioBuffer().hasArray()).isTrue();
            assertThat(buf.isDirect()).isFalse();
            assertThat(buf.hasMemoryAddress()).isFalse();
            assertThatThrownBy(buf::memoryAddress).isInstanceOf(UnsupportedOperationException.class);
        });
    }

    @EveryKind(except = {HEAP_MEMORY})
    default void directMemoryHasNoArray(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            if (!buf.isDirect()) {
                assertThat(kind.is(DIRECT_MEMORY)).isFalse();
                return;
            }
            assertThat(buf.hasArray()).isFalse();
            assertThatThrownBy(buf::array).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(buf::arrayOffset).isInstanceOf(UnsupportedOperationException.class);
            assertThat(buf.nioBuffer().isDirect()).isTrue();
        });
    }

    @EveryKind(except = {HEAP_MEMORY, READ_ONLY})
    default void theAddressIsThatOfTheFirstByte(BufferKind kind) {
        withContent(kind, NIO_CONTENT, buf -> {
            if (!buf.hasMemoryAddress()) {
                assertThatThrownBy(buf::memoryAddress).isInstanceOf(UnsupportedOperationException.class);
                return;
            }
            long address = buf.memoryAddress();
            assertThat(address).isNotZero();
            assertThat(buf.memoryAddress()).isEqualTo(address);
            assertThat(buf.slice(100, 50).memoryAddress()).isEqualTo(address + 100);
            assertThat(buf.duplicate().memoryAddress()).isEqualTo(address);
            buf.setIndex(50, 60);
            assertThat(buf.memoryAddress()).isEqualTo(address);
        });
    }

    private static byte[] bytes(ByteBuffer nio) {
        byte[] bytes = new byte[nio.remaining()];
        nio.get(bytes);
        return bytes;
    }
}
