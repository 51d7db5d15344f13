package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Prints how total throughput grows with the number of threads: a table per question of a run, a row per number; then how
 * a search through the slots of a pool grows with their number.
 */
public final class ScalingReport {
    private static final String SEARCH = "PoolSearchBenchmark.search";
    private static final String STEAL = "PoolStealBenchmark.steal";
    private static final List<String> ALLOCATORS = List.of("FOREBAY", "ADAPTIVE", "POOLED");

    private ScalingReport() {}

    /** Takes the directory of a run of {@code run.sh scaling}. */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: ScalingReport <directory of a run>");
        }
        System.out.print(markdown(SummaryReport.averages(List.of(Path.of(args[0])))));
    }

    static String markdown(List<Measurement> measurements) {
        Map<String, Map<String, Map<Integer, Double>>> questions = new TreeMap<>();
        for (Measurement measurement : measurements) {
            String allocator = measurement.parameters().get("allocator");
            String question = measurement.benchmark().replaceFirst("-[0-9]+-threads$", "");
            if (allocator != null && !question.equals(measurement.benchmark())) {
                questions
                        .computeIfAbsent(question, unused -> new TreeMap<>())
                        .computeIfAbsent(allocator, unused -> new TreeMap<>())
                        .put(measurement.threads(), throughput(measurement));
            }
        }
        var lines = new ArrayList<String>();
        questions.forEach((question, curves) -> lines.addAll(table(question, curves)));
        lines.addAll(searches(measurements));
        return String.join("\n", lines) + "\n";
    }

    /** Operations of all threads, in millions a second. */
    private static double throughput(Measurement measurement) {
        return 1e3 * measurement.threads() / measurement.median();
    }

    private static List<String> table(String question, Map<String, Map<Integer, Double>> curves) {
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add("`" + question + "`");
        lines.add("");
        var titles = new ArrayList<>(List.of("threads"));
        var columns = new ArrayList<Map<Integer, Double>>();
        for (String allocator : ALLOCATORS) {
            Map<Integer, Double> curve = curves.get(allocator);
            if (curve != null) {
                titles.add(allocator + ", M/s (of its peak)");
                columns.add(curve);
            }
        }
        lines.add(ResultsTable.cells(titles));
        lines.add("|---:|" + "---:|".repeat(titles.size() - 1));
        for (int threads : curves.values().iterator().next().keySet()) {
            var cells = new ArrayList<>(List.of(Integer.toString(threads)));
            columns.forEach(curve -> cells.add(cell(curve, threads)));
            lines.add(ResultsTable.cells(cells));
        }
        return lines;
    }

    private static String cell(Map<Integer, Double> curve, int threads) {
        Double throughput = curve.get(threads);
        if (throughput == null) {
            return "";
        }
        double peak =
                curve.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return String.format(Locale.ROOT, "%.1f (%.2f)", throughput, throughput / peak);
    }

    private static List<String> searches(List<Measurement> measurements) {
        Map<Integer, Measurement> nothing = bySlots(measurements, SEARCH);
        Map<Integer, Measurement> batch = bySlots(measurements, STEAL);
        var slots = new TreeSet<>(nothing.keySet());
        slots.addAll(batch.keySet());
        if (slots.isEmpty()) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add(
                "Searches through the slots of a pool, in nanoseconds: the median of the iterations, the least and the most");
        lines.add("");
        lines.add(ResultsTable.cells(List.of(
                "other slots", "a search that finds nothing", "one that steals, and the 32 gets that it serves")));
        lines.add("|---:|---:|---:|");
        for (int others : slots) {
            lines.add(ResultsTable.cells(
                    List.of(Integer.toString(others), range(nothing.get(others)), range(batch.get(others)))));
        }
        return lines;
    }

    private static Map<Integer, Measurement> bySlots(List<Measurement> measurements, String benchmark) {
        var bySlots = new TreeMap<Integer, Measurement>();
        for (Measurement measurement : measurements) {
            String others = measurement.parameters().get("others");
            if (others != null && measurement.benchmark().equals(benchmark)) {
                bySlots.put(Integer.parseInt(others), measurement);
            }
        }
        return bySlots;
    }

    private static String range(@Nullable Measurement measurement) {
        return measurement == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%.0f (%.0f to %.0f)",
                        measurement.median(),
                        measurement.least(),
                        Collections.max(measurement.iterations()));
    }
}
