package io.forebay.netty;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How long a test waits for what comes at some time: longer than a slow machine takes, as who waits too long only fails late. */
final class Patience {
    /** A slow machine sets the factor higher. */
    static final Duration LIMIT = Duration.ofSeconds(30L * Integer.getInteger("forebay.test.timeFactor", 1));

    private Patience() {}

    /** As {@link Awaitility#await()}, whose own patience is less. */
    static ConditionFactory await() {
        return Awaitility.await().atMost(LIMIT);
    }
}
