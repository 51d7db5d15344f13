package io.forebay.benchmarks;

/** What is measured of a server under load. */
enum ServerMeasure {
    THROUGHPUT("throughput", "requests/s", /* moreIsBetter= */ true),
    /** Of the server alone, in user and system. */
    PROCESSOR("processor time", "us/request", /* moreIsBetter= */ false),
    P50("p50", "ms", /* moreIsBetter= */ false),
    P99("p99", "ms", /* moreIsBetter= */ false),
    P999("p99.9", "ms", /* moreIsBetter= */ false),
    RESIDENT("resident memory", "MiB", /* moreIsBetter= */ false),
    /** As the allocator counts it, heap and direct. */
    HELD("held by the allocator", "MiB", /* moreIsBetter= */ false);

    final String title;
    final String unit;
    final boolean moreIsBetter;

    ServerMeasure(String title, String unit, boolean moreIsBetter) {
        this.title = title;
        this.unit = unit;
        this.moreIsBetter = moreIsBetter;
    }
}
