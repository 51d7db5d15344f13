package io.forebay.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * One measure of one load, side by side.
 *
 * @param measure what was measured
 * @param load what the server was asked for, or the moment its memory was read
 * @param rounds the values of each contestant, one per round
 */
record ServerRow(ServerMeasure measure, String load, Map<AllocatorKind, List<Double>> rounds) {

    /** Of a contestant's rounds, the middle one; between the middle two if their number is even. */
    double median(AllocatorKind allocator) {
        double[] sorted = sorted(allocator);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double min(AllocatorKind allocator) {
        return sorted(allocator)[0];
    }

    double max(AllocatorKind allocator) {
        double[] sorted = sorted(allocator);
        return sorted[sorted.length - 1];
    }

    /** How Forebay's median compares with the best peer's: above 1, Forebay is better. Empty if either is missing or nothing. */
    OptionalDouble ratio() {
        DoubleStream peers = rounds.keySet().stream()
                .filter(kind -> kind != AllocatorKind.FOREBAY)
                .mapToDouble(this::median);
        OptionalDouble best = measure.moreIsBetter ? peers.max() : peers.min();
        if (best.isEmpty() || !rounds.containsKey(AllocatorKind.FOREBAY)) {
            return OptionalDouble.empty();
        }
        double forebay = median(AllocatorKind.FOREBAY);
        if (Math.min(forebay, best.getAsDouble()) <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(measure.moreIsBetter ? forebay / best.getAsDouble() : best.getAsDouble() / forebay);
    }

    private double[] sorted(AllocatorKind allocator) {
        return rounds.getOrDefault(allocator, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
    }
}
