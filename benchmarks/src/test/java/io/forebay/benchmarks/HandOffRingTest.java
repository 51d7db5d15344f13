package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandOffRingTest {
    private static final int CAPACITY = 256;

    private final HandOffRing ring = new HandOffRing();

    @Test
    void buffersComeOutInOrderAlsoWhenTheRingWrapsAround() {
        for (int position = 0; position < 3 * CAPACITY; position++) {
            ByteBuf buffer = Unpooled.buffer(1);
            assertThat(ring.offer(position, buffer)).isTrue();
            assertThat(ring.poll(position)).isSameAs(buffer);
        }
        assertThat(ring.poll(3 * CAPACITY)).isNull();
    }

    @Test
    void aFullRingRefuses() {
        for (int position = 0; position < CAPACITY; position++) {
            assertThat(ring.offer(position, Unpooled.EMPTY_BUFFER)).isTrue();
        }
        assertThat(ring.offer(CAPACITY, Unpooled.EMPTY_BUFFER)).isFalse();
    }

    @Test
    void drainHandsOutWhatIsLeftOnce() {
        ByteBuf buffer = Unpooled.buffer(1);
        assertThat(ring.offer(0, buffer)).isTrue();
        List<ByteBuf> drained = new ArrayList<>();

        ring.drain(drained::add);
        ring.drain(drained::add);

        assertThat(drained).containsExactly(buffer);
    }
}
