package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;

/** The reference count, from the first reference to the last. */
interface LifeCycleContract extends ContractSubject {

    @EveryKind(except = {})
    default void retainsAndReleasesBalance(BufferKind kind) {
        ByteBuf buf = kind.allocate(allocator(), CAPACITY);
        assertThat(buf.retain()).isSameAs(buf);
        assertThat(buf.refCnt()).isEqualTo(2);
        assertThat(buf.retain(5)).isSameAs(buf);
        assertThat(buf.refCnt()).isEqualTo(7);
        assertThat(buf.release()).isFalse();
        assertThat(buf.release(5)).isFalse();
        assertThat(buf.refCnt()).isEqualTo(1);
        assertThat(buf.touch()).isSameAs(buf);
        assertThat(buf.touch("hint")).isSameAs(buf);
        assertThat(buf.release()).isTrue();
        assertThat(buf.refCnt()).isZero();
    }

    @EveryKind(except = {})
    default void allReferencesCanBeReleasedAtOnce(BufferKind kind) {
        ByteBuf buf = kind.allocate(allocator(), CAPACITY);
        assertThat(buf.retain(41).release(42)).isTrue();
        assertThat(buf.refCnt()).isZero();
        ByteBuf other = kind.allocate(allocator(), CAPACITY);
        assertThat(ReferenceCountUtil.release(other)).isTrue();
    }

    @EveryKind(except = {})
    default void releasingTwiceThrows(BufferKind kind) {
        ByteBuf buf = kind.allocate(allocator(), CAPACITY);
        buf.release();
        assertThatThrownBy(buf::release).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> buf.release(2)).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(buf.refCnt()).isZero();
    }

    @EveryKind(except = {})
    default void retainingWhatWasReleasedThrows(BufferKind kind) {
        ByteBuf buf = kind.allocate(allocator(), CAPACITY);
        buf.release();
        assertThatThrownBy(buf::retain).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(() -> buf.retain(2)).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(buf.refCnt()).isZero();
    }

    /** Of Netty's leak aware wrappers too, whose tracker must not be closed by the refused call. */
    @EveryKind(except = {})
    default void releasingMoreThanThereIsThrowsAndReleasesNothing(BufferKind kind) {
        withEmpty(kind, buf -> {
            buf.retain();
            assertThatThrownBy(() -> buf.release(3)).isInstanceOf(IllegalReferenceCountException.class);
            assertThat(buf.refCnt()).isEqualTo(2);
            buf.release();
        });
    }

    @EveryKind(except = {})
    default void zeroAndNegativeCountsAreIllegal(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThatThrownBy(() -> buf.retain(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> buf.retain(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> buf.release(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> buf.release(-1)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @EveryKind(except = {})
    default void theCountDoesNotOverflow(BufferKind kind) {
        withEmpty(kind, buf -> {
            assertThatThrownBy(() -> buf.retain(Integer.MAX_VALUE)).isInstanceOf(IllegalReferenceCountException.class);
            assertThat(buf.refCnt()).isEqualTo(1);
            buf.retain(1_000_000);
            assertThatThrownBy(() -> buf.retain(Integer.MAX_VALUE)).isInstanceOf(IllegalReferenceCountException.class);
            assertThat(buf.refCnt()).isEqualTo(1_000_001);
            buf.release(1_000_000);
        });
    }

    @EveryKind(except = {})
    default void theAllocatorIsRemembered(BufferKind kind) {
        withContent(kind, Bytes.ascending(CAPACITY), buf -> {
            assertThat(buf.alloc()).isSameAs(allocator());
            assertThat(buf.slice(0, 10).alloc()).isSameAs(allocator());
            assertThat(buf.duplicate().alloc()).isSameAs(allocator());
            assertThat(buf.asReadOnly().alloc()).isSameAs(allocator());
            ByteBuf copy = buf.copy();
            assertThat(copy.alloc()).isSameAs(allocator());
            copy.release();
        });
    }

    @EveryKind(except = {})
    default void viewsUnwrapToTheirBuffer(BufferKind kind) {
        withContent(kind, Bytes.ascending(CAPACITY), buf -> {
            assertThat(buf.slice(0, 10).unwrap()).isNotNull();
            assertThat(buf.duplicate().unwrap()).isNotNull();
            assertThat(buf.asReadOnly().unwrap()).isNotNull();
            ByteBuf root = buf;
            for (ByteBuf inner = root.unwrap(); inner != null; inner = root.unwrap()) {
                assertThat(inner.refCnt()).isEqualTo(1);
                root = inner;
            }
            assertThat(root.alloc()).isSameAs(allocator());
        });
    }
}
