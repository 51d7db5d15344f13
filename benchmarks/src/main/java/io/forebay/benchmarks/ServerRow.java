package io.forebay.benchmarks;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One measure of one load, side by side.
 *
 * @param measure what was measured
 * @param load what the server was asked for, or the moment its memory was read
 * @param rounds the values of each contestant, by round
 * @param again likewise, of the second servers of those that have two
 */
record ServerRow(
        ServerMeasure measure,
        String load,
        Map<AllocatorKind, SortedMap<Integer, Double>> rounds,
        Map<AllocatorKind, SortedMap<Integer, Double>> again) {

    static ServerRow empty(ServerMeasure measure, String load) {
        return new ServerRow(measure, load, new EnumMap<>(AllocatorKind.class), new EnumMap<>(AllocatorKind.class));
    }

    void add(AllocatorKind allocator, boolean again, int round, double value) {
        (again ? this.again : rounds)
                .computeIfAbsent(allocator, key -> new TreeMap<>())
                .put(round, value);
    }

    /** Of a contestant's rounds, the middle one; between the middle two if their number is even. */
    double median(AllocatorKind allocator) {
        return median(sorted(allocator));
    }

    double min(AllocatorKind allocator) {
        return sorted(allocator)[0];
    }

    double max(AllocatorKind allocator) {
        double[] sorted = sorted(allocator);
        return sorted[sorted.length - 1];
    }

    /**
     * How Forebay compares with a peer in each round that both were in, in ascending order: above 1, Forebay is better. What
     * came to nothing is left out.
     */
    double[] ratios(AllocatorKind peer) {
        return ratios(of(rounds, AllocatorKind.FOREBAY), of(rounds, peer));
    }

    /** The same of an allocator's second server and its first, where only chance makes a difference. */
    double[] ratiosToItself(AllocatorKind allocator) {
        return ratios(of(again, allocator), of(rounds, allocator));
    }

    private double[] ratios(SortedMap<Integer, Double> ours, SortedMap<Integer, Double> theirs) {
        return ours.entrySet().stream()
                .filter(one -> one.getValue() > 0 && theirs.getOrDefault(one.getKey(), 0.0) > 0)
                .mapToDouble(one -> ratio(one.getValue(), Objects.requireNonNull(theirs.get(one.getKey()))))
                .sorted()
                .toArray();
    }

    /** The same with the best peer: the least of the medians. Empty if there is no peer, or nothing to compare. */
    OptionalDouble ratio() {
        return rounds.keySet().stream()
                .filter(kind -> kind != AllocatorKind.FOREBAY)
                .map(this::ratios)
                .filter(ratios -> ratios.length > 0)
                .mapToDouble(ServerRow::median)
                .min();
    }

    private double ratio(double ours, double theirs) {
        return measure.moreIsBetter ? ours / theirs : theirs / ours;
    }

    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private double[] sorted(AllocatorKind allocator) {
        return of(rounds, allocator).values().stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
    }

    private static SortedMap<Integer, Double> of(
            Map<AllocatorKind, SortedMap<Integer, Double>> rounds, AllocatorKind allocator) {
        return rounds.getOrDefault(allocator, new TreeMap<>());
    }
}
