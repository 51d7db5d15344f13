package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Writes {@code summary.json} and {@code results.md} beside the raw outputs of one run of {@code footprint.sh}. */
public final class FootprintReport {
    private static final double MIB = 1 << 20;

    private final FootprintRun run;
    private final List<AllocatorKind> allocators;
    private final List<CyclePauses> pauses;

    private FootprintReport(FootprintRun run, List<CyclePauses> pauses) {
        this.run = run;
        this.pauses = pauses;
        allocators = run.allocators();
    }

    /** Takes one argument: the directory of the run. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: FootprintReport <directory of one run>");
        }
        Path directory = Path.of(args[0]);
        var report = new FootprintReport(FootprintRun.read(directory), CyclePauses.readAll(directory));
        Files.writeString(directory.resolve("summary.json"), report.json(), StandardCharsets.UTF_8);
        Files.writeString(directory.resolve("results.md"), report.markdown(), StandardCharsets.UTF_8);
    }

    private String markdown() {
        var text = new StringBuilder();
        if (!allocators.isEmpty()) {
            text.append("""
                    Two event loops; MiB; medians over the rounds, smallest and largest in brackets. Resident memory is what the
                    process had grown by. The last column is what Forebay reached of its goal, bold where it did. Command and
                    machine are in `environment.txt`, what the processes said in `raw`.

                    """);
            text.append(line(titles())).append("|---|---|").append("---:|".repeat(allocators.size()));
            text.append("---|---:|\n");
            for (FootprintPattern pattern : run.patterns()) {
                for (FootprintFigure figure : FootprintFigure.values()) {
                    text.append(line(cells(pattern, figure)));
                }
            }
        }
        if (!pauses.isEmpty()) {
            text.append(CyclePauses.markdown(pauses));
        }
        return text.toString();
    }

    private List<String> titles() {
        var titles = new ArrayList<>(List.of("load", "memory"));
        allocators.forEach(kind -> titles.add(kind.name()));
        titles.add("goal");
        titles.add("reached");
        return titles;
    }

    private List<String> cells(FootprintPattern pattern, FootprintFigure figure) {
        var cells = new ArrayList<>(List.of(pattern.title, figure.title));
        allocators.forEach(kind -> cells.add(cell(pattern, figure, kind)));
        Optional<FootprintGoal> goal = goal(pattern, figure);
        cells.add(goal.map(FootprintGoal::words).orElse(""));
        cells.add(goal.map(this::reached).orElse(""));
        return cells;
    }

    private static Optional<FootprintGoal> goal(FootprintPattern pattern, FootprintFigure figure) {
        return FootprintGoal.ALL.stream()
                .filter(goal -> goal.pattern() == pattern && goal.figure() == figure)
                .findFirst();
    }

    private String cell(FootprintPattern pattern, FootprintFigure figure, AllocatorKind kind) {
        double[] values = run.values(pattern, figure, kind);
        OptionalDouble median = run.median(pattern, figure, kind);
        if (median.isEmpty()) {
            return "";
        }
        String text = mib(median.getAsDouble());
        return values.length == 1 ? text : text + " (" + mib(values[0]) + " to " + mib(values[values.length - 1]) + ")";
    }

    private String reached(FootprintGoal goal) {
        OptionalDouble ratio = goal.ratio(run);
        if (ratio.isEmpty()) {
            return "";
        }
        String text = String.format(Locale.ROOT, "%.2f", ratio.getAsDouble());
        return ratio.getAsDouble() <= goal.atMost() ? "**" + text + "**" : text;
    }

    private static String mib(double bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / MIB);
    }

    private static String line(List<String> cells) {
        return ResultsTable.cells(cells) + "\n";
    }

    private String json() throws IOException {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        var rows = summary.putArray("rows");
        for (FootprintPattern pattern : run.patterns()) {
            for (FootprintFigure figure : FootprintFigure.values()) {
                ObjectNode row = rows.addObject();
                row.put("load", pattern.title).put("memory", figure.title).put("unit", "bytes");
                allocators.forEach(kind -> put(row, pattern, figure, kind));
                goal(pattern, figure).ifPresent(goal -> put(row, goal));
            }
        }
        CyclePauses.addTo(summary, pauses);
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(summary) + "\n";
    }

    private void put(ObjectNode row, FootprintPattern pattern, FootprintFigure figure, AllocatorKind kind) {
        run.median(pattern, figure, kind).ifPresent(median -> {
            ObjectNode contestant = row.putObject(kind.name());
            contestant.put("median", median);
            var rounds = contestant.putArray("rounds");
            for (double value : run.values(pattern, figure, kind)) {
                rounds.add(value);
            }
        });
    }

    private void put(ObjectNode row, FootprintGoal goal) {
        row.put("goal", goal.words());
        goal.ratio(run).ifPresent(ratio -> row.put("reached", ratio).put("atMost", goal.atMost()));
    }
}
