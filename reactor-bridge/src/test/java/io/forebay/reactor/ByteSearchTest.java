package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
    @Test
    void findsTheFirstInAnyPartOfAnyArray() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte value = (byte) random.nextInt();
            byte[] bytes = bytes(random, value);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length + 1 - from);
            assertThat(ByteSearch.indexOf(bytes, from, to, value))
                    .as("seed=%d", seed)
                    .isEqualTo(first(bytes, from, to, value));
        }
    }

    @Test
    void findsTheSameInBuffersOfAnyKind() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte value = (byte) random.nextInt();
            byte[] bytes = bytes(random, value);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length + 1 - from);
            int half = bytes.length / 2;
            ByteBuf heap = Unpooled.copiedBuffer(bytes);
            ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
            ByteBuf inTwo = Unpooled.wrappedBuffer(
                    Unpooled.copiedBuffer(bytes, 0, half), Unpooled.copiedBuffer(bytes, half, bytes.length - half));
            for (ByteBuf buffer : List.of(heap, direct, inTwo, Unpooled.unreleasableBuffer(heap))) {
                assertThat(ByteSearch.indexOf(buffer, from, to, value))
                        .as("seed=%d %s", seed, buffer)
                        .isEqualTo(first(bytes, from, to, value));
            }
            direct.release();
        }
    }

    private static byte[] bytes(Random random, byte value) {
        byte[] bytes = new byte[random.nextInt(40)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = random.nextInt(12) == 0 ? value : (byte) (value ^ (1 << random.nextInt(8)));
        }
        return bytes;
    }

    private static int first(byte[] bytes, int from, int to, byte value) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == value) {
                return at;
            }
        }
        return -1;
    }
}
