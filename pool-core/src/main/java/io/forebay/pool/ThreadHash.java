package io.forebay.pool;

/** Spreads threads over tables whose lengths are powers of two. */
final class ThreadHash {
    private static final int GOLDEN = 0x9E3779B9; // 2^32 over the golden ratio: neighbours land far apart

    private ThreadHash() {}

    /** To be {@linkplain #spread spread}. */
    static int of(Thread thread) {
        return (int) thread.getId() * GOLDEN;
    }

    /**
     * A place for the thread among {@code places}, a power of two. Multiples of the golden ratio lie far apart, so threads
     * that were started one after another have places of their own as long as there are enough.
     */
    static int spread(int hash, int places) {
        return (hash >>> Integer.numberOfLeadingZeros(places - 1)) & (places - 1); // the highest bits: the best mixed
    }
}
