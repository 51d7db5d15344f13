package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    @Test
    void everySizeFallsInTheSmallestClassThatHoldsIt() {
        for (int size = 1; size <= SizeClasses.MAX_POOLED_BYTES; size++) {
            int sizeClass = SizeClasses.classOf(size);
            assertThat(SizeClasses.bytes(sizeClass) >= size).as("size %d", size).isTrue();
            assertThat(sizeClass == 0 || SizeClasses.bytes(sizeClass - 1) < size)
                    .as("size %d", size)
                    .isTrue();
        }
    }

    @Test
    void noSizeAbove256WastesMoreThanAFifthOfItsClass() {
        for (int size = 257; size <= SizeClasses.MAX_POOLED_BYTES; size++) {
            int bytes = SizeClasses.bytes(SizeClasses.classOf(size));
            assertThat((bytes - size) * 5L < bytes).as("size %d", size).isTrue();
        }
    }

    @Test
    void classesAscendTo4Mebibytes() {
        int before = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            assertThat(SizeClasses.bytes(sizeClass)).isGreaterThan(before).matches(bytes -> bytes % 64 == 0);
            before = SizeClasses.bytes(sizeClass);
        }
        assertThat(before).isEqualTo(SizeClasses.MAX_POOLED_BYTES);
    }

    @Test
    void nothingAbove4MebibytesIsPooled() {
        assertThat(SizeClasses.isPooled(SizeClasses.MAX_POOLED_BYTES)).isTrue();
        assertThat(SizeClasses.isPooled(SizeClasses.MAX_POOLED_BYTES + 1)).isFalse();
        assertThat(SizeClasses.isPooled(Integer.MAX_VALUE)).isFalse();
    }
}
