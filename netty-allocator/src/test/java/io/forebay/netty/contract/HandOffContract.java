package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;

/** A buffer belongs to whoever holds a reference, on whichever thread. */
interface HandOffContract extends ContractSubject {
    byte[] HANDED = Bytes.random(61, CAPACITY);

    @EveryKind(except = {})
    default void whatOneThreadWroteAnotherReadsAndReleases(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), HANDED);
        byte[] seen = Carrier.platformThread(() -> {
            byte[] bytes = Bytes.readable(buf);
            assertThat(buf.release()).isTrue();
            return bytes;
        });
        assertThat(seen).isEqualTo(HANDED);
        assertThatThrownBy(() -> buf.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    }

    @EveryKind(except = {})
    default void referencesMayBeReleasedOnDifferentThreads(BufferKind kind) {
        ByteBuf buf = kind.filled(allocator(), HANDED);
        ByteBuf slice = buf.retainedSlice(10, 20);
        ByteBuf duplicate = buf.retainedDuplicate();
        Carrier.platformThread(() -> slice.release());
        buf.release();
        assertThat(duplicate.getByte(15)).isEqualTo(HANDED[15]);
        boolean freed = Carrier.platformThread(() -> duplicate.release());
        assertThat(freed).isTrue();
    }

    @EveryKind
    default void aBufferMayGrowOnAnotherThread(BufferKind kind) {
        if (kind.is(BufferKind.Trait.FIXED_CAPACITY)) {
            return;
        }
        withContent(kind, HANDED, buf -> {
            Carrier.platformThread(() -> buf.writeZero(10_000));
            assertThat(Bytes.get(buf, 0, CAPACITY)).isEqualTo(HANDED);
            assertThat(buf.writerIndex()).isEqualTo(CAPACITY + 10_000);
        });
    }

    @EveryKind
    default void buffersReleasedElsewhereAreNotHandedOutTwice(BufferKind kind) {
        List<ByteBuf> batch = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 20; i++) {
                batch.add(kind.allocate(allocator(), CAPACITY).setInt(0, i));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(batch.get(i).getInt(0)).as("round %d", round).isEqualTo(i);
            }
            Carrier.platformThread(() -> {
                batch.forEach(ByteBuf::release);
                return null;
            });
            batch.clear();
        }
    }
}
