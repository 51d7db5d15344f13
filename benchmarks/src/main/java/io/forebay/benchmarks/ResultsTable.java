package io.forebay.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measurements as Markdown: a row per case, a column per contestant, and how Forebay compares with the best of its peers
 * in that row. Scores are times, so less is better; the ratio is the peer's time over Forebay's, so more is better. Where
 * Forebay competes in several ways, each has its ratio.
 */
final class ResultsTable {
    private static final List<String> CONTESTANT_PARAMETERS = List.of("allocator", "pool", "pipeline");
    private static final String FOREBAY = "FOREBAY"; // the kind of allocator; the kinds of pool begin so

    private final Map<Case, Map<String, Measurement>> rows = new LinkedHashMap<>();
    private final List<String> parameters;
    private final List<String> contestants;

    /** What is measured in one row; only the contestant differs. */
    private record Case(String benchmark, int threads, Map<String, String> parameters, String unit) {}

    private ResultsTable(List<Measurement> measurements) {
        var names = new TreeSet<String>();
        for (Measurement measurement : measurements) {
            var parameters = new LinkedHashMap<>(measurement.parameters());
            String contestant = CONTESTANT_PARAMETERS.stream()
                    .map(parameters::remove)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(FOREBAY); // a question about it alone
            names.addAll(parameters.keySet());
            var row = new Case(measurement.benchmark(), measurement.threads(), parameters, measurement.unit());
            rows.computeIfAbsent(row, key -> new LinkedHashMap<>()).put(contestant, measurement);
        }
        parameters = List.copyOf(names);
        contestants = rows.values().stream()
                .flatMap(row -> row.keySet().stream())
                .distinct()
                .toList();
    }

    /** The table; it ends with a line break. */
    static String markdown(List<Measurement> measurements) {
        for (Measurement measurement : measurements) {
            if (!measurement.mode().equals("avgt")) {
                throw new IllegalArgumentException("only average times are compared: " + measurement);
            }
        }
        var table = new ResultsTable(measurements);
        return Stream.concat(
                        table.head(),
                        table.rows.entrySet().stream().map(row -> table.line(row.getKey(), row.getValue())))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private Stream<String> head() {
        var titles = new ArrayList<>(List.of("benchmark", "threads"));
        titles.addAll(parameters);
        titles.addAll(contestants);
        forebays().forEach(name -> titles.add("best peer / " + name));
        int scores = titles.size() - 2 - parameters.size();
        String rule = "---|".repeat(2 + parameters.size()) + "---:|".repeat(scores);
        return Stream.of(cells(titles), "|" + rule);
    }

    private Stream<String> forebays() {
        return contestants.stream().filter(ResultsTable::isForebay);
    }

    private static boolean isForebay(String contestant) {
        return contestant.startsWith(FOREBAY);
    }

    private String line(Case row, Map<String, Measurement> scores) {
        var cells = new ArrayList<>(List.of(row.benchmark(), Integer.toString(row.threads())));
        parameters.forEach(name -> cells.add(row.parameters().getOrDefault(name, "")));
        contestants.forEach(name -> cells.add(score(scores.get(name))));
        forebays().forEach(name -> cells.add(ratio(scores, scores.get(name))));
        return cells(cells);
    }

    static String cells(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String score(@Nullable Measurement measurement) {
        if (measurement == null) {
            return "";
        }
        String error = Double.isNaN(measurement.error()) ? "" : " ± " + number(measurement.error());
        String garbage = Double.isNaN(measurement.bytesPerOperation())
                ? ""
                : ", " + number(measurement.bytesPerOperation()) + " B/op";
        return number(measurement.score()) + error + " " + measurement.unit() + garbage;
    }

    private static String ratio(Map<String, Measurement> scores, @Nullable Measurement forebay) {
        OptionalDouble bestPeer = scores.entrySet().stream()
                .filter(entry -> !isForebay(entry.getKey()))
                .flatMapToDouble(entry -> DoubleStream.of(entry.getValue().score()))
                .min();
        if (forebay == null || bestPeer.isEmpty()) {
            return "";
        }
        return String.format(Locale.ROOT, "%.2f", bestPeer.getAsDouble() / forebay.score());
    }

    /** Three digits that mean something, as far as needed: 0.004, 5.31, 22.9, 1507. */
    static String number(double value) {
        int decimals = value < 0.1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
