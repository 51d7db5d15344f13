package io.forebay.netty;

/** What a flight recording may show. Called on slow paths only; all of it does nothing without a recording. */
interface Events {
    /** Something that takes time, begun. */
    interface Span {
        Span NONE = () -> {};

        void end();
    }

    /** A pool had no buffer, so one is being made. */
    default Span allocateSlow(String allocator, boolean direct, int capacityBytes) {
        return Span.NONE;
    }

    /** A slab is being taken from the system. */
    default Span slabReserve(int segmentBytes, int slabBytes) {
        return Span.NONE;
    }

    /** A slab went back to the system. */
    default void slabFree(int segmentBytes, int slabBytes) {}

    /** The reclaim clock turns. */
    default Span cycle(String allocator) {
        return Span.NONE;
    }

    /** A buffer was found garbage-collected without a release. */
    default void leak(LeakReport report) {}

    /** A request failed for a limit. */
    default void limitHit(String budget, long requestedBytes, long usedBytes, long limitBytes) {}
}
