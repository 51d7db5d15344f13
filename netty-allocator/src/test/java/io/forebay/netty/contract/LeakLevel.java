package io.forebay.netty.contract;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.util.function.Supplier;

/** Netty's leak detection level, which is global, for the length of one call. */
final class LeakLevel {
    /** At SIMPLE and ADVANCED one allocation of 128 is wrapped; so many misses in a row do not happen. */
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

    /** A buffer that Netty's detector tracks, unless the allocator exempts it, as Netty's does unpooled heap. */
    static ByteBuf untilWrapped(Level level, Supplier<ByteBuf> allocation) {
        return during(level, () -> {
            int tries = level == Level.PARANOID ? 1 : MAX_TRIES;
            for (int i = 0; i < tries; i++) {
                ByteBuf buf = allocation.get();
                if (isLeakAware(buf)) {
                    return buf;
                }
                buf.release();
            }
            return allocation.get();
        });
    }

    /** Netty's leak aware wrappers are package-private: their name is all there is to know them by. */
    static boolean isLeakAware(ByteBuf buf) {
        return buf.getClass().getSimpleName().contains("LeakAware");
    }
}
