package io.forebay.pool;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a pool was built with, checked once.
 *
 * @param maxPrivateItems private stack bound, already narrowed by its bound in bytes where all items weigh the same
 * @param maxIdleItems bound of all idle items, narrowed likewise
 */
record PoolSettings<T>(
        String name,
        @Nullable Supplier<? extends T> factory,
        Consumer<? super T> destructor,
        FailureListener<? super T> failureListener,
        int maxPrivateItems,
        long maxIdleItems,
        int maxStripes) {}
