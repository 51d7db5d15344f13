package io.forebay.benchmarks.bridge;

/** One contestant's way from the buffers of a {@link Load} to a {@link Drain}. */
interface Pipeline {
    /** Takes all buffers of the load, and has the drain take all that comes out. */
    void run(Load load, Drain drain);
}
