package io.forebay.netty;

/**
 * Which class a size falls in, and how large the class is: pure arithmetic. Four classes for each doubling, 64 bytes
 * apart up to 512, so that above 256 bytes a buffer wastes at most a fifth of its class.
 */
final class SizeClasses {
    static final int MAX_POOLED_BYTES = 4 << 20;

    private static final int STEPS_SHIFT = 2; // four for each doubling

    /** Below 2 to this the steps stay as wide as they are there. */
    private static final int LINEAR_SHIFT = 8;

    static final int COUNT = classOf(MAX_POOLED_BYTES) + 1;

    private SizeClasses() {}

    /** Whether buffers of that capacity are pooled at all, 0 left aside. */
    static boolean isPooled(int capacity) {
        return capacity - 1 >= 0 && capacity <= MAX_POOLED_BYTES;
    }

    /**
     * The smallest class that holds {@code capacity} bytes, 1 to {@link #MAX_POOLED_BYTES}. Computed rather than looked
     * up: it takes as long as two loads that wait for each other, and a table takes three.
     */
    static int classOf(int capacity) {
        int last = capacity - 1; // the last of the bytes falls in the class
        int doubling = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(last | (1 << LINEAR_SHIFT));
        int step = last >>> (doubling - STEPS_SHIFT);
        return step + ((doubling - LINEAR_SHIFT) << STEPS_SHIFT);
    }

    /** The bytes that a buffer of that capacity occupies, pooled or not. */
    static int memoryBytes(int capacity) {
        return isPooled(capacity) || capacity == 0 ? bytes(classOf(Math.max(1, capacity))) : capacity;
    }

    /** The bytes of a class: the inverse. */
    static int bytes(int sizeClass) {
        int steps = 1 << STEPS_SHIFT;
        int doublings = Math.max(0, (sizeClass >> STEPS_SHIFT) - 1);
        int step = sizeClass - doublings * steps;
        return (step + 1) << (LINEAR_SHIFT - STEPS_SHIFT + doublings);
    }
}
