package io.forebay.benchmarks.bridge;

import java.util.function.LongConsumer;

/** Tells how many bytes there have been, as one writes it by hand. */
final class HandProgress {
    private final LongConsumer listener;
    private long passedBytes;

    HandProgress(LongConsumer listener) {
        this.listener = listener;
    }

    void add(int bytes) {
        passedBytes += bytes;
        listener.accept(passedBytes);
    }
}
