package io.forebay.pool;

/** Spreads threads over tables: ids are sequential, so they are mixed before they are masked. */
final class ThreadHash {
    private static final int GOLDEN = 0x9E3779B9; // 2^32 over the golden ratio: neighbours land far apart

    private ThreadHash() {}

    static int of(Thread thread) {
        int mixed = (int) thread.getId() * GOLDEN;
        return mixed >>> 16 ^ mixed >>> 24;
    }
}
