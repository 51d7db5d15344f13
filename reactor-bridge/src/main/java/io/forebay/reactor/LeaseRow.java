package io.forebay.reactor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Leases in a row: added behind, removed in front, looked at anywhere. For one thread at a time. */
final class LeaseRow {
    private static final int FIRST_ROOM = 8; // most rows are shorter

    private @Nullable Lease[] ring = new Lease[FIRST_ROOM]; // its length is a power of two
    private int first;
    private int size;

    int size() {
        return size;
    }

    /** The lease at a place from the front, which there must be. */
    Lease get(int place) {
        Lease lease = ring[(first + place) & (ring.length - 1)];
        assert lease != null : "place=" + place + " of " + size;
        return lease;
    }

    void addLast(Lease lease) {
        if (size == ring.length) {
            grow();
        }
        ring[(first + size) & (ring.length - 1)] = lease;
        size++;
    }

    private void grow() {
        @Nullable Lease[] larger = Arrays.copyOfRange(ring, first, first + 2 * ring.length);
        System.arraycopy(ring, 0, larger, ring.length - first, first);
        ring = larger;
        first = 0;
    }

    /** There must be one. */
    Lease removeFirst() {
        Lease lease = get(0);
        ring[first] = null;
        first = (first + 1) & (ring.length - 1);
        size--;
        return lease;
    }

    /** Closes and removes all; what that throws, with what failed before. */
    @Nullable
    Throwable closeAll(@Nullable Throwable before) {
        Throwable failure = before;
        for (int place = 0; place < size; place++) {
            failure = Failures.close(get(place), failure);
        }
        ring = new Lease[FIRST_ROOM];
        first = 0;
        size = 0;
        return failure;
    }
}
