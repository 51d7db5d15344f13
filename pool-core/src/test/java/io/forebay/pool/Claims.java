package io.forebay.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Keeps striped slots busy, as other threads in the middle of an operation do. */
final class Claims {
    private Claims() {}

    /** Runs a body while every striped slot that there is by now is claimed. */
    static <V extends @Nullable Object> V during(Pool<?> pool, Callable<V> body) {
        List<Slot<?>> claimed = new ArrayList<>();
        try {
            for (Slot<?> slot : pool.allSlots()) {
                if (!slot.isOwned()) {
                    assertThat(slot.tryClaim()).isTrue();
                    claimed.add(slot);
                }
            }
            return body.call();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            claimed.forEach(Slot::releaseClaim);
        }
    }

    /** As {@link #during(Pool, Callable)}, for a body without a result. */
    static void during(Pool<?> pool, Runnable body) {
        boolean ran = during(pool, () -> {
            body.run();
            return true;
        });
        assertThat(ran).isTrue();
    }
}
