package io.forebay.netty;

import java.util.Arrays;

/** Which class a size falls in, and how large the class is: pure arithmetic over a fixed list of sizes. */
final class SizeClasses {
    /*
     * Two tables of class numbers: one entry for each 64 bytes up to 64 KiB, one for each 4 KiB above. So finding a
     * class is a shift and a load whatever the list of sizes is, and all sizes are multiples of what indexes them.
     */
    static final int MAX_POOLED_BYTES = 4 << 20;

    private static final int FINE_SHIFT = 6;
    private static final int FINE_LIMIT = 64 << 10;
    private static final int COARSE_SHIFT = 12;

    /** Every 64 bytes up to 256, where a doubling leaves no room for four steps. */
    private static final int FIRST_FOUR_STEP = 256;

    private final int[] bytes;
    private final byte[] fine = new byte[(FINE_LIMIT >>> FINE_SHIFT) + 1];
    private final byte[] coarse = new byte[(MAX_POOLED_BYTES >>> COARSE_SHIFT) + 1];

    /** Four classes for each doubling, from 64 bytes to 4 MiB: a buffer wastes at most a fifth of its class. */
    static SizeClasses fourPerDoubling() {
        int[] sizes = new int[128];
        int n = 0;
        for (int size = 64; size < FIRST_FOUR_STEP; size += 64) {
            sizes[n++] = size;
        }
        for (int base = FIRST_FOUR_STEP; base < MAX_POOLED_BYTES; base *= 2) {
            for (int step = 0; step < 4; step++) {
                sizes[n++] = base + base / 4 * step;
            }
        }
        sizes[n++] = MAX_POOLED_BYTES;
        return new SizeClasses(Arrays.copyOf(sizes, n));
    }

    SizeClasses(int... bytes) {
        this.bytes = bytes.clone();
        check();
        fill(fine, FINE_SHIFT);
        fill(coarse, COARSE_SHIFT);
    }

    private void check() {
        if (bytes.length == 0 || bytes.length > Byte.MAX_VALUE || bytes[bytes.length - 1] != MAX_POOLED_BYTES) {
            throw new IllegalArgumentException("size classes must be 1 to " + Byte.MAX_VALUE + ", the last of them "
                    + MAX_POOLED_BYTES + " bytes: " + Arrays.toString(bytes));
        }
        int before = 0;
        for (int size : bytes) {
            int unit = size <= FINE_LIMIT ? 1 << FINE_SHIFT : 1 << COARSE_SHIFT;
            if (size <= before || size % unit != 0) {
                throw new IllegalArgumentException("size classes must ascend in multiples of 64 bytes, above 64 KiB of"
                        + " 4 KiB: " + size + " in " + Arrays.toString(bytes));
            }
            before = size;
        }
    }

    private void fill(byte[] table, int shift) {
        int sizeClass = 0;
        for (int i = 0; i < table.length; i++) {
            while (bytes[sizeClass] < i << shift) {
                sizeClass++;
            }
            table[i] = (byte) sizeClass;
        }
    }

    int count() {
        return bytes.length;
    }

    int bytes(int sizeClass) {
        return bytes[sizeClass];
    }

    /** The smallest class that holds {@code capacity} bytes, 0 to {@link #MAX_POOLED_BYTES}. */
    int classOf(int capacity) {
        return capacity <= FINE_LIMIT
                ? fine[(capacity + (1 << FINE_SHIFT) - 1) >>> FINE_SHIFT]
                : coarse[(capacity + (1 << COARSE_SHIFT) - 1) >>> COARSE_SHIFT];
    }
}
