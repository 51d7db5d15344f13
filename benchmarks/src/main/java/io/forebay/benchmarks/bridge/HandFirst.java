package io.forebay.benchmarks.bridge;

import java.util.function.Predicate;

/** Lets the first so many elements through, as one writes it by hand. */
final class HandFirst implements Predicate<Object> {
    private long left;

    HandFirst(long elements) {
        left = elements;
    }

    @Override
    public boolean test(Object element) {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
