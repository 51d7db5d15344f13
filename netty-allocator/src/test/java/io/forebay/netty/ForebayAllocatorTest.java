package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForebayAllocatorTest {
    @Test
    void handsOutTheSameBufferAgain() throws Exception {
        ForebayAllocator allocator = ForebayAllocator.create();
        ByteBuf first = allocator.directBuffer(1000);
        first.writeLong(42);
        first.release();
        ByteBuf second = allocator.directBuffer(900);
        assertThat(second.readerIndex()).isZero();
        assertThat(second.writerIndex()).isZero();
        assertThat(second.capacity()).isEqualTo(900);
        second.capacity(1_000_000);
        second.release();
        assertThat(allocator.metric().direct().inUse()).isZero();
        allocator.close();
        allocator.awaitTermination(Patience.LIMIT);
        assertThat(allocator.metric().direct().reservedBytes()).isZero();
        assertThatThrownBy(() -> allocator.directBuffer(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void givesMemoryBackAfterTwoCycles() throws Exception {
        try (ForebayAllocator allocator =
                ForebayAllocator.builder().cyclePeriod(Duration.ofMillis(20)).build()) {
            List<ByteBuf> bufs = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                bufs.add(allocator.directBuffer(i));
                bufs.add(allocator.heapBuffer(i));
            }
            MemoryStats stats = allocator.metric().direct();
            assertThat(stats.inUse()).isEqualTo(10_000);
            bufs.forEach(ByteBuf::release);
            Patience.await().untilAsserted(() -> {
                assertThat(allocator.metric().direct().reservedBytes()).isZero();
                assertThat(allocator.metric().heap().reservedBytes()).isZero();
                assertThat(allocator.metric().direct().destroyed())
                        .isEqualTo(stats.created()); // counted a moment later
            });
        }
    }
}
