package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints tables of several runs: a row per {@link Goal}, a column per run, in it the ratios of the medians, and once more of
 * the fastest iterations; then the garbage. Runs that are joined by commas share a column, where a question that several of
 * them asked has the answer of the last.
 */
public final class SummaryReport {
    private static final Pattern JDK = Pattern.compile(".*-jdk(\\d+)"); // how the name of a run ends
    private static final int OLDEST_JDK = 17;

    /** What a run measured. */
    private record Column(List<Measurement> measurements, boolean newerJdk) {
        static Column of(List<Path> runs) throws IOException {
            return new Column(averages(runs), runs.stream().allMatch(SummaryReport::isOfNewerJdk));
        }
    }

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
        var columns = new ArrayList<Column>();
        var titles = new ArrayList<>(List.of("question", "at most"));
        for (List<Path> column : runs) {
            columns.add(Column.of(column));
            titles.add(column.stream().map(run -> run.getFileName().toString()).collect(Collectors.joining(", ")));
        }
        return goals(titles, columns, Measurement::median)
                + "\n"
                + goals(withFirst("question, by the fastest iterations", titles), columns, Measurement::least)
                + "\n"
                + table(
                        garbageTitles(titles),
                        "|---|" + "---:|".repeat(runs.size()),
                        Goal.GARBAGE.stream().map(goal -> garbageLine(goal, columns)))
                + "\nBold is what reached its goal in every case: at most that of JDK 17; on a newer JDK, at most a tenth above it.\n";
    }

    private static boolean isOfNewerJdk(Path run) {
        Matcher jdk = JDK.matcher(run.getFileName().toString());
        return jdk.matches() && Integer.parseInt(jdk.group(1)) > OLDEST_JDK;
    }

    private static String goals(List<String> titles, List<Column> columns, ToDoubleFunction<Measurement> score) {
        return table(
                titles,
                "|---|---:|" + "---:|".repeat(columns.size()),
                Goal.ALL.stream().map(goal -> line(goal, columns, score)));
    }

    private static List<String> withFirst(String first, List<String> titles) {
        var changed = new ArrayList<>(titles);
        changed.set(0, first);
        return changed;
    }

    private static List<String> garbageTitles(List<String> titles) {
        List<String> garbage = withFirst("garbage, bytes per operation", titles);
        garbage.remove("at most");
        return garbage;
    }

    private static String table(List<String> titles, String rule, Stream<String> lines) {
        return Stream.concat(Stream.of(ResultsTable.cells(titles), rule), lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** What was measured; a benchmark that was run in a way of its own has it behind its name, as in "-4-threads". */
    static List<Measurement> averages(List<Path> runs) throws IOException {
        Map<String, List<Path>> questions = new TreeMap<>();
        for (Path run : runs) {
            questions.putAll(RunFiles.questions(run));
        }
        var all = new ArrayList<Measurement>();
        for (Map.Entry<String, List<Path>> question : questions.entrySet()) {
            String way = wayOf(question.getKey());
            for (Measurement measured : RunFiles.read(question.getValue())) {
                all.add(measured.renamed(measured.benchmark() + way));
            }
        }
        all.removeIf(Measurement::isSampled);
        return all;
    }

    private static String wayOf(String name) {
        return name.substring(name.indexOf('-') < 0 ? name.length() : name.indexOf('-'));
    }

    private static String line(Goal goal, List<Column> columns, ToDoubleFunction<Measurement> score) {
        String atMost = goal.isSet() ? String.format(Locale.ROOT, "%.2f", goal.atMost()) : "none set";
        var cells = new ArrayList<>(List.of(goal.question(), atMost));
        columns.forEach(column -> cells.add(cell(goal, goal.ratios(column.measurements(), score), column.newerJdk())));
        return ResultsTable.cells(cells);
    }

    private static String garbageLine(Goal goal, List<Column> columns) {
        var cells = new ArrayList<>(List.of(goal.question()));
        columns.forEach(column -> cells.add(garbageCell(goal.garbage(column.measurements()))));
        return ResultsTable.cells(cells);
    }

    /** The most of Forebay's cases, and the best peer's in the same case; bold where every case reached the goal. */
    private static String garbageCell(List<Goal.Garbage> cases) {
        if (cases.isEmpty()) {
            return "";
        }
        Goal.Garbage most = Collections.max(cases, Comparator.comparingDouble(Goal.Garbage::ours));
        String text = String.format(Locale.ROOT, "%.2f (%.2f)", most.ours(), most.best());
        return cases.stream().allMatch(Goal.Garbage::isReached) ? "**" + text + "**" : text;
    }

    /** The geometric mean and the range; bold where every case reached the goal. */
    private static String cell(Goal goal, double[] ratios, boolean newerJdk) {
        if (ratios.length == 0) {
            return "";
        }
        double mean = Math.exp(Arrays.stream(ratios).map(Math::log).average().orElseThrow());
        double worst = ratios[ratios.length - 1];
        String text = String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", mean, ratios[0], worst);
        return goal.isReachedBy(worst, newerJdk) ? "**" + text + "**" : text;
    }
}
