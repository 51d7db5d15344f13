package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Transfers between a buffer and other buffers, Netty's and the JDK's, of every sort. */
interface TransferContract extends ContractSubject {
    byte[] CARGO = Bytes.random(11, CAPACITY);

    /** Makers of empty writable buffers of a length, to be released. */
    private List<IntFunction<ByteBuf>> others() {
        return List.of(
                allocator()::directBuffer,
                allocator()::heapBuffer,
                Unpooled::directBuffer,
                Unpooled::buffer,
                TransferContract::composite);
    }

    /**
     * Without Unsafe, as on JDK 25, direct buffers of Netty 4.2.20 ask the destination for one internal NIO buffer, which
     * a composite refuses. We must not.
     */
    private List<IntFunction<ByteBuf>> destinations() {
        boolean knownBug = allocator().getClass().getName().startsWith("io.netty.");
        return knownBug ? others().subList(0, 4) : others();
    }

    /** Netty 4.2.20 writes by address wherever there is one, and read-only buffers tell theirs. We must not. */
    private List<IntFunction<ByteBuf>> readOnlyDestinations() {
        boolean knownBug = allocator().getClass().getName().startsWith("io.netty.");
        return knownBug ? List.of() : others();
    }

    /** In two parts, so that no bulk transfer is one copy. */
    private static CompositeByteBuf composite(int length) {
        ByteBuf head = Unpooled.wrappedBuffer(new byte[length / 3]).clear();
        ByteBuf tail = Unpooled.directBuffer(length - length / 3);
        CompositeByteBuf composite = Unpooled.compositeBuffer();
        composite.addComponent(true, head.writerIndex(head.capacity()));
        composite.addComponent(true, tail.writerIndex(tail.capacity()));
        composite.clear();
        return composite;
    }

    @EveryKind(except = {})
    default void contentIsCopiedToOtherBuffers(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (IntFunction<ByteBuf> maker : destinations()) {
                runAndRelease(maker.apply(CAPACITY), other -> {
                    assertThat(buf.getBytes(0, other)).isSameAs(buf);
                    assertThat(Bytes.readable(other)).isEqualTo(CARGO);
                    buf.getBytes(10, other, 100, 20);
                    assertThat(Bytes.get(other, 100, 20)).isEqualTo(Arrays.copyOfRange(CARGO, 10, 30));
                    other.clear();
                    buf.getBytes(200, other, 50);
                    assertThat(Bytes.readable(other)).isEqualTo(Arrays.copyOfRange(CARGO, 200, 250));
                    assertThat(buf.readerIndex()).isZero();
                });
            }
        });
    }

    @EveryKind(except = {})
    default void contentIsReadIntoOtherBuffers(BufferKind kind) {
        for (IntFunction<ByteBuf> maker : destinations()) {
            withContent(
                    kind,
                    CARGO,
                    buf -> runAndRelease(maker.apply(CAPACITY), other -> {
                        buf.readBytes(other, 0, 20).readBytes(other.writerIndex(20), 30);
                        assertThat(buf.readerIndex()).isEqualTo(50);
                        assertThat(other.writerIndex()).isEqualTo(50);
                        assertThat(buf.readBytes(other)).isSameAs(buf);
                        assertThat(buf.isReadable()).isFalse();
                        assertThat(Bytes.readable(other)).isEqualTo(CARGO);
                    }));
        }
    }

    @EveryKind
    default void contentIsTakenFromOtherBuffers(BufferKind kind) {
        for (IntFunction<ByteBuf> maker : others()) {
            withEmpty(
                    kind,
                    buf -> runAndRelease(maker.apply(CAPACITY), other -> {
                        other.writeBytes(CARGO);
                        buf.setBytes(0, other, 50, 100);
                        assertThat(Bytes.get(buf, 0, 100)).isEqualTo(Arrays.copyOfRange(CARGO, 50, 150));
                        assertThat(other.readerIndex()).isZero();
                        buf.setBytes(0, other, 100);
                        assertThat(other.readerIndex()).isEqualTo(100);
                        buf.setBytes(100, other);
                        assertThat(other.isReadable()).isFalse();
                        assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(CARGO);
                    }));
        }
    }

    @EveryKind
    default void contentIsWrittenFromOtherBuffers(BufferKind kind) {
        for (IntFunction<ByteBuf> maker : others()) {
            withEmpty(
                    kind,
                    buf -> runAndRelease(maker.apply(CAPACITY), other -> {
                        other.writeBytes(CARGO);
                        buf.writeBytes(other, 0, 10).writeBytes(other.skipBytes(10), 90);
                        assertThat(other.readerIndex()).isEqualTo(100);
                        assertThat(buf.writeBytes(other.asReadOnly())).isSameAs(buf);
                        assertThat(Bytes.readable(buf)).isEqualTo(CARGO);
                    }));
        }
    }

    @EveryKind
    default void transfersThatDoNotFitAreRefused(BufferKind kind) {
        withContent(
                kind,
                CARGO,
                buf -> runAndRelease(allocator().buffer(10, 10), small -> {
                    small.writeLong(1);
                    assertRefused(() -> buf.getBytes(0, small, 3));
                    assertRefused(() -> buf.getBytes(0, small, 8, 3));
                    assertRefused(() -> buf.getBytes(CAPACITY, small));
                    assertRefused(() -> buf.getBytes(-1, small));
                    assertRefused(() -> buf.setBytes(0, small, 9));
                    assertRefused(() -> buf.setBytes(0, small, 0, 11));
                    assertRefused(() -> buf.setBytes(CAPACITY - 7, small));
                    assertRefused(() -> buf.readBytes(small, 3));
                    assertRefused(() -> buf.writeBytes(small, 9));
                    assertThat(small.readableBytes()).isEqualTo(8);
                    assertThat(Bytes.readable(buf)).isEqualTo(CARGO);
                }));
    }

    @EveryKind
    default void nothingIsTransferredAtTheVeryEnd(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (IntFunction<ByteBuf> maker : destinations()) {
                runAndRelease(maker.apply(CAPACITY), other -> {
                    other.writeBytes(CARGO);
                    buf.getBytes(CAPACITY, other, CAPACITY, 0).setBytes(CAPACITY, other, CAPACITY, 0);
                    assertThat(Bytes.readable(other)).isEqualTo(CARGO);
                });
            }
            buf.getBytes(CAPACITY, Unpooled.EMPTY_BUFFER, 0, 0).setBytes(CAPACITY, Unpooled.EMPTY_BUFFER, 0, 0);
            assertThat(Bytes.readable(buf)).isEqualTo(CARGO);
        });
    }

    @EveryKind(except = {})
    default void readOnlyDestinationsStayAsTheyAre(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (IntFunction<ByteBuf> maker : readOnlyDestinations()) {
                runAndRelease(maker.apply(CAPACITY), other -> {
                    other.writeZero(CAPACITY);
                    assertThatThrownBy(() -> buf.getBytes(0, other.asReadOnly(), 0, 10))
                            .isInstanceOf(ReadOnlyBufferException.class);
                    assertThat(Bytes.readable(other)).containsOnly(0);
                });
            }
        });
    }

    /** Out of bounds is a refusal too: some of Netty's buffers have no capacity once released. */
    @EveryKind
    default void releasedOthersAreRefused(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (IntFunction<ByteBuf> maker : others().subList(0, 3)) {
                ByteBuf other = maker.apply(CAPACITY);
                other.release();
                assertThatThrownBy(() -> buf.getBytes(0, other, 0, 10))
                        .isInstanceOfAny(IllegalReferenceCountException.class, IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> buf.setBytes(0, other, 0, 10))
                        .isInstanceOfAny(IllegalReferenceCountException.class, IndexOutOfBoundsException.class);
            }
            assertThat(Bytes.readable(buf)).isEqualTo(CARGO);
        });
    }

    @EveryKind(except = {})
    default void contentIsCopiedToByteBuffers(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (ByteBuffer other : byteBuffers()) {
                other.position(7).limit(107);
                assertThat(buf.getBytes(33, other)).isSameAs(buf);
                assertThat(other.hasRemaining()).isFalse();
                assertThat(other.limit()).isEqualTo(107);
                byte[] got = new byte[100];
                other.position(7).get(got);
                assertThat(got).isEqualTo(Arrays.copyOfRange(CARGO, 33, 133));
                other.clear().limit(50);
                buf.readerIndex(0).readBytes(other);
                assertThat(buf.readerIndex()).isEqualTo(50);
            }
        });
    }

    @EveryKind
    default void contentIsTakenFromByteBuffers(BufferKind kind) {
        for (ByteBuffer other : byteBuffers()) {
            withEmpty(kind, buf -> {
                other.put(CARGO).flip().position(20);
                buf.setBytes(5, other.asReadOnlyBuffer());
                assertThat(Bytes.get(buf, 5, CAPACITY - 20)).isEqualTo(Arrays.copyOfRange(CARGO, 20, CAPACITY));
                assertThat(buf.writeBytes(other)).isSameAs(buf);
                assertThat(other.hasRemaining()).isFalse();
                assertThat(Bytes.readable(buf)).isEqualTo(Arrays.copyOfRange(CARGO, 20, CAPACITY));
            });
        }
    }

    @EveryKind
    default void byteBuffersThatDoNotFitAreRefused(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            for (ByteBuffer other :
                    List.of(ByteBuffer.allocate(CAPACITY + 1), ByteBuffer.allocateDirect(CAPACITY + 1))) {
                assertRefused(() -> buf.getBytes(0, other));
                assertRefused(() -> buf.setBytes(0, other));
                assertRefused(() -> buf.readBytes(other));
                assertThat(other.position()).isZero();
            }
            assertThatThrownBy(() -> buf.getBytes(0, ByteBuffer.allocate(10).asReadOnlyBuffer()))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThat(Bytes.readable(buf)).isEqualTo(CARGO);
        });
    }

    @EveryKind
    default void overlappingRangesOfOneBufferAreMoved(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            buf.setBytes(10, buf, 0, 200);
            assertThat(Bytes.get(buf, 10, 200)).isEqualTo(Arrays.copyOf(CARGO, 200));
            buf.setBytes(0, CARGO).setBytes(0, buf, 10, 200);
            assertThat(Bytes.get(buf, 0, 200)).isEqualTo(Arrays.copyOfRange(CARGO, 10, 210));
        });
    }

    @EveryKind
    default void overlappingRangesAreMovedThroughSlicesToo(BufferKind kind) {
        withContent(kind, CARGO, buf -> {
            buf.setBytes(10, buf.slice(5, 200), 0, 200);
            assertThat(Bytes.get(buf, 10, 200)).isEqualTo(Arrays.copyOfRange(CARGO, 5, 205));
            buf.setBytes(0, CARGO).getBytes(10, buf.slice(5, 200), 0, 200);
            assertThat(Bytes.get(buf, 5, 200)).isEqualTo(Arrays.copyOfRange(CARGO, 10, 210));
            buf.setBytes(0, CARGO).slice(5, 200).setBytes(0, buf, 10, 200);
            assertThat(Bytes.get(buf, 5, 200)).isEqualTo(Arrays.copyOfRange(CARGO, 10, 210));
        });
    }

    private static List<ByteBuffer> byteBuffers() {
        ByteBuffer window = ByteBuffer.allocateDirect(CAPACITY + 20).position(10);
        ByteBuffer arrayWindow = ByteBuffer.allocate(CAPACITY + 20).position(10);
        return List.of(
                ByteBuffer.allocate(CAPACITY),
                ByteBuffer.allocateDirect(CAPACITY),
                window.slice(),
                arrayWindow.slice());
    }

    private static void assertRefused(ThrowingCallable action) {
        assertThatThrownBy(action).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
