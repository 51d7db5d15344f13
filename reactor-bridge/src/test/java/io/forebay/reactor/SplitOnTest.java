package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitOnTest {
    private static final int PARTS = 20_000;

    private final AtomicLong looks = new AtomicLong();

    /** Counts how often somebody looks how long it is. */
    private final class CountingBuf extends UnpooledHeapByteBuf {
        CountingBuf(int content) {
            super(UnpooledByteBufAllocator.DEFAULT, 1, 1);
            writeByte(content);
        }

        @Override
        public int readableBytes() {
            looks.incrementAndGet();
            return super.readableBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "aab", "aaaaaaab"})
    void bytesThatComeOneByOneAreEachLookedAtAFewTimesOnly(String delimiter) {
        byte[] bytes = delimiter.getBytes(US_ASCII);
        SplitOn split = new SplitOn("splitOn", bytes, PARTS, /* slackBytes= */ 0);
        for (int part = 0; part < PARTS; part++) {
            split.feed(Lease.adopt(new CountingBuf('a'))); // with which the longer delimiters begin
            assertThat(split.hasNext()).isFalse();
        }
        assertThat(looks.get()).isLessThan(PARTS * 10L * (bytes.length + 1));
        split.close();
    }
}
