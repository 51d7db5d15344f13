package io.forebay.sample;

import java.time.Duration;

/** How long a test waits for what must happen; scale it on a slow machine with -Dtest.timeout.scale=N. */
final class Patience {
    static final Duration PATIENCE = Duration.ofSeconds(20L * Integer.getInteger("test.timeout.scale", 1));

    /**
     * Of a request for memory, as a parameter, where there is room and a test wants it: by default a slow machine may take
     * longer to hand out what was granted.
     */
    static final String WAIT = "wait=" + HoldRoute.MAX_WAIT_MILLIS;

    private Patience() {}
}
