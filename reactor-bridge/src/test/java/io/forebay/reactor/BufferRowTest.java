package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Buffers in no lease become one lease, whatever way that is made. */
class BufferRowTest {
    private final Buffers buffers = new Buffers();
    private final BufferRow row = new BufferRow();

    @AfterEach
    void nothingLeaked() {
        row.close();
        buffers.close();
    }

    private byte[] add(int count, int bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            byte[] content = new byte[bytes];
            content[bytes - 1] = (byte) i;
            all.writeBytes(content);
            row.add(buffers.of(content));
        }
        return all.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "2, 10", "8, 100", "9, 100", "40, 2000", "2, 20000", "9, 20000", "100, 3000"})
    void allBytesInTheirOrder(int count, int bytes) {
        byte[] expected = add(count, bytes);
        assertThat(row.readableBytes()).isEqualTo(expected.length);
        try (Lease all = row.takeAll()) {
            assertThat(ByteBufUtil.getBytes(all.buffer())).isEqualTo(expected);
            assertThat(all.capacityCost()).isEqualTo(expected.length);
        }
        assertThat(row.readableBytes()).isZero();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void whatIsAloneIsNotCopied() {
        ByteBuf alone = buffers.of((byte) 1);
        row.add(alone);
        try (Lease all = row.takeAll()) {
            assertThat(all.buffer()).isSameAs(alone);
        }
    }

    @Test
    void smallPartsAreCopiedAndLargeOnesJoined() {
        add(4, 1000);
        try (Lease all = row.takeAll()) {
            assertThat(all.buffer()).isNotInstanceOf(CompositeByteBuf.class);
            assertThat(buffers.open()).isOne();
        }
        add(4, 5000);
        try (Lease all = row.takeAll()) {
            assertThat(all.buffer()).isInstanceOf(CompositeByteBuf.class);
            assertThat(buffers.open()).isEqualTo(4);
        }
    }

    @Test
    void withoutRoomVeryFewAreCopiedToTheHeapAndMoreAreJoined() {
        List<byte[]> expected = new ArrayList<>();
        expected.add(add(2, 100));
        buffers.refuse();
        try (Lease all = row.takeAll()) {
            assertThat(ByteBufUtil.getBytes(all.buffer())).isEqualTo(expected.get(0));
            assertThat(buffers.open()).isZero();
        }
        ByteBuf first = Unpooled.wrappedBuffer(new byte[1000]);
        row.add(first);
        row.add(Unpooled.wrappedBuffer(new byte[10]));
        try (Lease all = row.takeAll()) {
            assertThat(all.buffer().readableBytes()).isEqualTo(1010);
        }
        assertThat(first.refCnt()).isZero();
    }

    @Test
    void oneWithoutBytesIsReleased() {
        row.add(buffers.buffer(10));
        assertThat(row.readableBytes()).isZero();
        assertThat(buffers.open()).isZero();
    }

    @Test
    void oneThatSomebodyReleasedIsAnErrorAndTheOthersAreReleased() {
        add(3, 10);
        ByteBuf released = Unpooled.buffer(10).writeZero(10);
        row.add(released);
        released.release(); // which was not theirs
        assertThatThrownBy(row::takeAll).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(row::close).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(buffers.open()).isZero();
    }
}
