package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SizePatternTest {
    @Test
    void sizesAreDrawnAsOftenAsTheyOccur() {
        var pattern = SizePattern.parse(List.of("# bytes,count", "9,1", "256,3"));

        int[] sizes = pattern.draw(10_000, new SplittableRandom(1));

        assertThat(Arrays.stream(sizes).distinct().sorted()).containsExactly(9, 256);
        assertThat(Arrays.stream(sizes).filter(size -> size == 9).count()).isBetween(2_300L, 2_700L);
    }

    @Test
    void webSocketProxySizesAreThoseOfNetty() {
        int[] sizes = SizePattern.webSocketProxy().draw(100_000, new SplittableRandom(1));

        assertThat(Arrays.stream(sizes).min()).hasValue(9);
        assertThat(Arrays.stream(sizes).max()).hasValue(18_432);
        assertThat(Arrays.stream(sizes).average().orElseThrow()).isBetween(2_400.0, 2_650.0); // 2534 in the file
    }
}
