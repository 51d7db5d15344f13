package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Prints the run of {@code run.sh pool} as one table: a row per pool, a column per question, nanoseconds per operation of
 * one worker. Go's figures are converted to that, as the README of the benchmarks describes. Then the {@link PoolMisses},
 * and what Go says of its pauses.
 */
public final class PoolReport {
    private static final String GO = "Go `sync.Pool`";

    /** {@code BenchmarkPoolOverflow-2   2006590   591.1 ns/op}; without a dash there was one processor. */
    private static final Pattern GO_LINE =
            Pattern.compile("Benchmark(Pool\\w+?)(?:-(\\d+))?\\s+\\d+\\s+([\\d.]+) ns/op.*");

    private static final Pattern QUESTION = Pattern.compile("(Pool\\w+)Benchmark\\.\\w+(-[-\\w]+)");

    /** How many of ours are one operation of Go's. */
    private static final Map<String, Integer> GO_OPERATIONS =
            Map.of("PoolGetPut", 1, "PoolOverflow", 200, "PoolStarvation", 167);

    private final Map<String, Map<String, Double>> rows = new TreeMap<>();
    private final Map<String, String> columns = new TreeMap<>();

    private PoolReport() {}

    /** Takes the directory of a run. */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: PoolReport <directory of a run>");
        }
        Path run = Path.of(args[0]);
        Path output = run.resolve("go-sync-pool.txt");
        List<String> go = Files.exists(output) ? Files.readAllLines(output) : List.of();
        System.out.print(markdown(SummaryReport.averages(List.of(run)), go)
                + PoolMisses.markdown(RunFiles.questions(run).getOrDefault(PoolMisses.QUESTION, List.of()), go)
                + pauses(go));
    }

    /** Go's lines as they are: they have no counterpart, as nothing of ours stops all that runs. */
    static String pauses(List<String> go) {
        List<String> lines = go.stream()
                .filter(line -> line.startsWith("BenchmarkPoolPause/"))
                .toList();
        return lines.isEmpty()
                ? ""
                : "\nGo's collections, and for how long each stops all that runs:\n\n" + "```\n"
                        + String.join("\n", lines) + "\n```\n";
    }

    static String markdown(List<Measurement> measurements, List<String> go) {
        var report = new PoolReport();
        measurements.forEach(report::add);
        report.addGo(go);
        return report.markdown();
    }

    private void add(Measurement measurement) {
        Matcher question = QUESTION.matcher(measurement.benchmark());
        String pool = measurement.parameters().get("pool");
        if (pool != null && question.matches()) {
            add("`" + pool + "`", question.group(1), question.group(2), measurement.median());
        }
    }

    private void add(String pool, String question, String way, double nanos) {
        String column = question + way;
        columns.put(
                column,
                question.substring("Pool".length()) + ", " + way.substring(1).replace('-', ' '));
        rows.computeIfAbsent(pool, unused -> new TreeMap<>()).put(column, nanos);
    }

    private void addGo(List<String> lines) {
        Map<String, Map<Integer, List<Double>>> runs = new TreeMap<>();
        for (String line : lines) {
            Matcher matcher = GO_LINE.matcher(line);
            if (matcher.matches() && GO_OPERATIONS.containsKey(matcher.group(1))) {
                int processors = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
                runs.computeIfAbsent(matcher.group(1), unused -> new TreeMap<>())
                        .computeIfAbsent(processors, unused -> new ArrayList<>())
                        .add(Double.parseDouble(matcher.group(3)));
            }
        }
        runs.forEach((question, byProcessors) -> byProcessors.forEach((processors, nanos) -> add(
                GO,
                question,
                "-" + processors + "-threads",
                mean(nanos) * processors / GO_OPERATIONS.getOrDefault(question, 1))));
    }

    private static double mean(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private String markdown() {
        var lines = new ArrayList<String>();
        var titles = new ArrayList<>(List.of("ns per operation (over Go's)"));
        titles.addAll(columns.values());
        lines.add(ResultsTable.cells(titles));
        lines.add("|---|" + "---:|".repeat(columns.size()));
        rows.forEach((pool, scores) -> {
            var cells = new ArrayList<>(List.of(pool));
            columns.keySet().forEach(column -> cells.add(cell(scores.get(column), goScore(column))));
            lines.add(ResultsTable.cells(cells));
        });
        return String.join("\n", lines) + "\n";
    }

    private double goScore(String column) {
        return rows.getOrDefault(GO, Map.of()).getOrDefault(column, Double.NaN);
    }

    private static String cell(@Nullable Double nanos, double go) {
        if (nanos == null) {
            return "";
        }
        String score = ResultsTable.number(nanos);
        return Double.isNaN(go) ? score : String.format(Locale.ROOT, "%s (%.2f)", score, nanos / go);
    }
}
