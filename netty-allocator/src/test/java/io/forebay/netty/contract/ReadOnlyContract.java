package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;

/** Read-only views: they show every change and make none. */
interface ReadOnlyContract extends ContractSubject {
    byte[] FROZEN = Bytes.random(51, CAPACITY);

    @EveryKind
    default void aReadOnlyViewShowsTheBufferAndItsChanges(BufferKind kind) {
        withContent(kind, FROZEN, buf -> {
            buf.setIndex(10, 100);
            ByteBuf view = buf.asReadOnly();
            assertThat(buf.isReadOnly()).isFalse();
            assertThat(view.isReadOnly()).isTrue();
            assertThat(view.isWritable()).isFalse();
            assertThat(view.isWritable(1)).isFalse();
            assertThat(view).isEqualTo(buf);
            assertThat(view.isDirect()).isEqualTo(buf.isDirect());
            buf.setLong(20, 0x0102030405060708L);
            assertThat(view.getLong(20)).isEqualTo(0x0102030405060708L);
            view.skipBytes(5);
            assertThat(buf.readerIndex()).isEqualTo(10);
            assertThat(view.refCnt()).isEqualTo(1);
        });
    }

    @EveryKind
    default void aReadOnlyViewCannotBeChanged(BufferKind kind) {
        withContent(kind, FROZEN, buf -> {
            ByteBuf view = buf.asReadOnly();
            for (Primitive type : Primitive.values()) {
                assertThatThrownBy(() -> type.setter.set(view, 8, 1), "%s", type)
                        .isInstanceOf(ReadOnlyBufferException.class);
            }
            assertThatThrownBy(() -> view.setBytes(0, FROZEN)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> view.setBytes(0, ByteBuffer.wrap(FROZEN)))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> view.setBytes(0, buf, 0, 10)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> view.discardReadBytes()).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> view.clear().writeInt(1))
                    .isInstanceOfAny(ReadOnlyBufferException.class, IndexOutOfBoundsException.class);
            assertThat(view.ensureWritable(1, /* force= */ true)).isEqualTo(1);
            assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(FROZEN);
        });
    }

    @EveryKind
    default void noWayLeadsFromAReadOnlyViewToTheMemory(BufferKind kind) {
        withContent(kind, FROZEN, buf -> {
            ByteBuf view = buf.asReadOnly();
            assertThat(view.hasArray()).isFalse();
            assertThatThrownBy(view::array).isInstanceOf(ReadOnlyBufferException.class);
            assertThat(view.nioBuffer().isReadOnly()).isTrue();
            assertThat(view.nioBuffers()[0].isReadOnly()).isTrue();
            assertThat(view.asReadOnly().isReadOnly()).isTrue();
            assertThat(view.slice(0, 10).isReadOnly()).isTrue();
            assertThat(view.duplicate().isReadOnly()).isTrue();
            assertThatThrownBy(() -> view.slice(0, 10).setByte(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> view.duplicate().setByte(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
        });
    }

    @EveryKind
    default void aReadOnlyViewHoldsTheReferenceOfItsBuffer(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), FROZEN);
        ByteBuf view = buf.asReadOnly();
        ByteBuf retained = view.retainedSlice(10, 20);
        assertThat(view.release()).isFalse();
        assertThat(retained.getByte(0)).isEqualTo(FROZEN[10]);
        retained.release();
        assertThat(buf.refCnt()).isZero();
    }
}
