package io.forebay.sample;

import java.time.Duration;

/** How long a test waits for what must happen; scale it on a slow machine with -Dtest.timeout.scale=N. */
final class Patience {
    static final Duration PATIENCE = Duration.ofSeconds(20L * Integer.getInteger("test.timeout.scale", 1));

    private Patience() {}
}
