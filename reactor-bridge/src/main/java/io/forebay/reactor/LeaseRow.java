package io.forebay.reactor;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Leases in a row: added behind, removed in front, looked at anywhere. For one thread at a time. */
final class LeaseRow {
    private static final int FIRST_ROOM = 8; // most rows are shorter
    private static final @Nullable Lease[] NO_RING = new Lease[0];

    private @Nullable Lease first; // not in the ring, which few rows need: most leases leave before the next one comes
    private @Nullable Lease[] ring = NO_RING; // its length is a power of two, once there is one
    private int second; // where in the ring
    private int size;

    int size() {
        return size;
    }

    /** The lease in front, null if there is none. */
    @Nullable
    Lease peekFirst() {
        return first;
    }

    /** The lease at a place from the front, which there must be. */
    Lease get(int place) {
        return Objects.requireNonNull(place == 0 ? first : ring[ringPlace(place)], "place");
    }

    private int ringPlace(int place) {
        return (second + place - 1) & (ring.length - 1);
    }

    void addLast(Lease lease) {
        if (size == 0) {
            first = lease;
            size = 1;
        } else {
            addToRing(lease);
        }
    }

    private void addToRing(Lease lease) {
        if (size > ring.length) {
            grow();
        }
        ring[ringPlace(size)] = lease;
        size++;
    }

    private void grow() {
        if (ring.length == 0) {
            ring = new Lease[FIRST_ROOM];
            return;
        }
        @Nullable Lease[] larger = Arrays.copyOfRange(ring, second, second + 2 * ring.length);
        System.arraycopy(ring, 0, larger, ring.length - second, second);
        ring = larger;
        second = 0;
    }

    /** There must be one. */
    Lease removeFirst() {
        Lease removed = get(0);
        first = size == 1 ? null : takeSecond();
        size--;
        return removed;
    }

    private @Nullable Lease takeSecond() {
        Lease taken = ring[second];
        ring[second] = null;
        second = (second + 1) & (ring.length - 1);
        return taken;
    }

    /** All there are, in their order. */
    List<Lease> removeAll() {
        @Nullable Lease[] all = new Lease[size];
        for (int place = 0; place < size; place++) {
            all[place] = get(place);
        }
        forgetAll();
        return Arrays.asList(all);
    }

    /** Closes and removes all; what that throws, with what failed before. */
    @Nullable
    Throwable closeAll(@Nullable Throwable before) {
        Throwable failure = before;
        for (int place = 0; place < size; place++) {
            failure = Failures.close(get(place), failure);
        }
        forgetAll();
        return failure;
    }

    private void forgetAll() {
        first = null;
        ring = NO_RING;
        second = 0;
        size = 0;
    }
}
