package io.forebay.pool;

/** Spreads threads over tables: ids are sequential, so they are mixed before they are masked. */
final class ThreadHash {
    private static final int GOLDEN = 0x9E3779B9; // 2^32 over the golden ratio: neighbours land far apart

    private ThreadHash() {}

    static int of(Thread thread) {
        int mixed = (int) thread.getId() * GOLDEN;
        return mixed >>> 16 ^ mixed >>> 24;
    }

    /**
     * A place for the thread among {@code places}, a power of two. Multiples of the golden ratio lie far apart, so threads
     * that were started one after another have places of their own as long as there are enough.
     */
    static int spread(Thread thread, int places) {
        int mixed = (int) thread.getId() * GOLDEN;
        return (mixed >>> Integer.numberOfLeadingZeros(places - 1)) & (places - 1); // the highest bits: the best mixed
    }
}
