package io.forebay.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
    @Test
    void findsTheFirstInAnyPartOfAnyArray() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(40)];
            byte value = (byte) random.nextInt();
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(12) == 0 ? value : (byte) (value ^ (1 << random.nextInt(8)));
            }
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length + 1 - from);
            assertThat(ByteSearch.indexOf(bytes, from, to, value))
                    .as("seed=%d", seed)
                    .isEqualTo(first(bytes, from, to, value));
        }
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
