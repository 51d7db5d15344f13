package io.forebay.reactor;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import reactor.core.scheduler.Schedulers;
import reactor.test.util.RaceTestUtils;

/** How long a test waits for other threads, which a slow machine may not let run for seconds: only a failure takes so long. */
final class Patience {
    /** A slow machine sets the factor higher, and the time of a test, which is twice as long. */
    static final Duration LIMIT = Duration.ofSeconds(30L * Integer.getInteger("forebay.test.timeFactor", 1));

    private Patience() {}

    /** Waits for a condition, with Awaitility. */
    static ConditionFactory await() {
        return Awaitility.await().atMost(LIMIT);
    }

    /** Runs all at once, each on a thread of its own, and rethrows what they throw. */
    static void race(Runnable... racers) {
        RaceTestUtils.race((int) LIMIT.toSeconds(), Schedulers.boundedElastic(), racers);
    }
}
