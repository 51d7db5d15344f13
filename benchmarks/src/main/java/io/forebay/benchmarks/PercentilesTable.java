package io.forebay.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sampled measurements as Markdown: a row per case, a column per percentile. There are no contestants to compare. */
final class PercentilesTable {
    private static final List<String> PERCENTILES = List.of("50.0", "95.0", "99.0", "99.9", "100.0");

    private PercentilesTable() {}

    /** The table; it ends with a line break. */
    static String markdown(List<Measurement> measurements) {
        var names = new TreeSet<String>();
        measurements.forEach(
                measurement -> names.addAll(measurement.parameters().keySet()));
        return Stream.concat(
                        head(names.stream().toList()),
                        measurements.stream().map(row -> line(names.stream().toList(), row)))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static Stream<String> head(List<String> parameters) {
        var titles = new ArrayList<>(List.of("benchmark", "threads"));
        titles.addAll(parameters);
        titles.add("mean");
        PERCENTILES.forEach(percentile -> titles.add(percentile + " %"));
        String rule = "---|".repeat(2 + parameters.size()) + "---:|".repeat(1 + PERCENTILES.size());
        return Stream.of(ResultsTable.cells(titles), "|" + rule);
    }

    private static String line(List<String> parameters, Measurement row) {
        var cells = new ArrayList<>(List.of(row.benchmark(), Integer.toString(row.threads())));
        parameters.forEach(name -> cells.add(row.parameters().getOrDefault(name, "")));
        cells.add(ResultsTable.number(row.score()) + " " + row.unit());
        PERCENTILES.forEach(
                percentile -> cells.add(ResultsTable.number(row.percentiles().getOrDefault(percentile, Double.NaN))));
        return ResultsTable.cells(cells);
    }
}
