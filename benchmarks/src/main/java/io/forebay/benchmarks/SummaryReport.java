package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints one table of several runs: a row per {@link Goal}, a column per run, in it the ratios that were measured. Runs that
 * are joined by commas share a column, where a question that several of them asked has the answer of the last.
 */
public final class SummaryReport {
    private SummaryReport() {}

    /** Takes the directories of the runs, each alone or several with commas between. */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            throw new IllegalArgumentException("usage: SummaryReport <directory of a run>[,<another>]...");
        }
        System.out.print(markdown(Stream.of(args)
                .map(column -> Stream.of(column.split(",")).map(Path::of).toList())
                .toList()));
    }

    /** Takes the directories of the runs of each column. */
    static String markdown(List<List<Path>> runs) throws IOException {
        var columns = new ArrayList<List<Measurement>>();
        var titles = new ArrayList<>(List.of("question", "at most"));
        for (List<Path> column : runs) {
            columns.add(averages(column));
            titles.add(column.stream().map(run -> run.getFileName().toString()).collect(Collectors.joining(", ")));
        }
        return Stream.concat(
                        Stream.of(ResultsTable.cells(titles), "|---|---:|" + "---:|".repeat(runs.size())),
                        Goal.ALL.stream().map(goal -> line(goal, columns)))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** What was measured; a benchmark that was run in a way of its own has it behind its name, as in "-4-threads". */
    static List<Measurement> averages(List<Path> runs) throws IOException {
        Map<String, Path> questions = new TreeMap<>();
        for (Path run : runs) {
            try (Stream<Path> files = Files.list(run)) {
                files.filter(file -> file.toString().endsWith(".json"))
                        .forEach(json -> questions.put(json.getFileName().toString(), json));
            }
        }
        var all = new ArrayList<Measurement>();
        for (Path json : questions.values()) {
            String way = wayOf(json);
            Measurement.read(json).forEach(measured -> all.add(measured.renamed(measured.benchmark() + way)));
        }
        all.removeIf(Measurement::isSampled);
        return all;
    }

    private static String wayOf(Path json) {
        String name = json.getFileName().toString().replaceFirst("\\.json$", "");
        return name.substring(name.indexOf('-') < 0 ? name.length() : name.indexOf('-'));
    }

    private static String line(Goal goal, List<List<Measurement>> columns) {
        var cells = new ArrayList<>(List.of(goal.question(), String.format(Locale.ROOT, "%.2f", goal.atMost())));
        columns.forEach(measurements -> cells.add(cell(goal, goal.ratios(measurements))));
        return ResultsTable.cells(cells);
    }

    /** The geometric mean and the range; bold where every case reached the goal. */
    private static String cell(Goal goal, double[] ratios) {
        if (ratios.length == 0) {
            return "";
        }
        double mean = Math.exp(Arrays.stream(ratios).map(Math::log).average().orElseThrow());
        double worst = ratios[ratios.length - 1];
        String text = String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", mean, ratios[0], worst);
        return worst <= goal.atMost() ? "**" + text + "**" : text;
    }
}
