package io.forebay.netty;

import org.jspecify.annotations.Nullable;

/** Steps of which each is tried, whatever became of those before it; the first failure is thrown after the last. */
final class Attempts {
    private @Nullable Throwable failure;

    void attempt(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            if (failure == null) {
                failure = e; // the others are not added to it: that takes memory, which may be what there is none of
            }
        }
    }

    void rethrow() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
