package io.forebay.sample;

import io.micrometer.core.instrument.binder.MeterBinder;

/** The meters of an allocator. */
@FunctionalInterface
interface MemoryMeters extends MeterBinder {
    /** Before each scrape: has those follow that do not by themselves. */
    default void refresh() {
        // most do
    }
}
