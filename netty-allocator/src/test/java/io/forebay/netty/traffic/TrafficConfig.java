package io.forebay.netty.traffic;

import java.time.Duration;

/** The only place where the traffic tests read system properties. */
final class TrafficConfig {
    /** How long a test waits for anything before it calls it hung; {@code -Dforebay.test.patience=3} triples it. */
    static final Duration PATIENCE = Duration.ofSeconds(60).multipliedBy(Long.getLong("forebay.test.patience", 1L));

    /** Whether a missing epoll fails the tests that need it instead of skipping them. */
    static final boolean REQUIRE_EPOLL = Boolean.getBoolean("forebay.require.epoll");

    /** Whether every test, not only those that ask for it, puts a {@link WitnessAllocator} before the allocator. */
    static final boolean WITNESS_ALL = Boolean.getBoolean("forebay.traffic.witness");

    private TrafficConfig() {}
}
