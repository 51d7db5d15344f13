package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.util.function.Supplier;

/** Netty's leak detection level, which is global, for the length of one call. */
final class LeakLevel {
    /** At SIMPLE one allocation of 128 is wrapped; so many misses in a row do not happen. */
    private static final int MAX_TRIES = 100_000;

    private LeakLevel() {}

    static <T> T during(Level level, Supplier<T> action) {
        Level before = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(level);
        try {
            return action.get();
        } finally {
            ResourceLeakDetector.setLevel(before);
        }
    }

    /** A buffer that Netty's detector tracks. */
    static ByteBuf untilWrapped(Level level, Supplier<ByteBuf> allocation) {
        return during(level, () -> {
            for (int i = 0; i < MAX_TRIES; i++) {
                ByteBuf buf = allocation.get();
                if (isLeakAware(buf)) {
                    return buf;
                }
                buf.release();
            }
            throw new AssertionError("no allocation was tracked at level " + level);
        });
    }

    /** Netty's leak aware wrappers are package-private: their name is all there is to know them by. */
    static boolean isLeakAware(ByteBuf buf) {
        return buf.getClass().getSimpleName().contains("LeakAware");
    }
}
