package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    private final SizeClasses sizes = SizeClasses.fourPerDoubling();

    @Test
    void everySizeFallsInTheSmallestClassThatHoldsIt() {
        for (int size = 0; size <= SizeClasses.MAX_POOLED_BYTES; size++) {
            int sizeClass = sizes.classOf(size);
            assertThat(sizes.bytes(sizeClass) >= size).as("size %d", size).isTrue();
            assertThat(sizeClass == 0 || sizes.bytes(sizeClass - 1) < size)
                    .as("size %d", size)
                    .isTrue();
        }
    }

    @Test
    void noSizeAbove256WastesMoreThanAFifthOfItsClass() {
        for (int size = 257; size <= SizeClasses.MAX_POOLED_BYTES; size++) {
            int bytes = sizes.bytes(sizes.classOf(size));
            assertThat((bytes - size) * 5L < bytes).as("size %d", size).isTrue();
        }
    }

    @Test
    void aListThatTheTablesCannotIndexIsRefusedByName() {
        assertThatThrownBy(() -> new SizeClasses(64, 100, SizeClasses.MAX_POOLED_BYTES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("100");
        assertThatThrownBy(() -> new SizeClasses(128, 64, SizeClasses.MAX_POOLED_BYTES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64");
        assertThatThrownBy(() -> new SizeClasses(64, (64 << 10) + 64, SizeClasses.MAX_POOLED_BYTES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65600");
        assertThatThrownBy(() -> new SizeClasses(64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(SizeClasses::new).isInstanceOf(IllegalArgumentException.class);
    }
}
