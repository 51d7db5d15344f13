package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prints the run of {@code run.sh bridge} as one table: a row per question and way through the bridge, beside it the best of
 * the peers, by the median of the iterations.
 */
public final class BridgeReport {
    private static final String BRIDGE = "FOREBAY";
    private static final double AT_MOST = 1.00;

    private BridgeReport() {}

    /** Takes the directory of a run. */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: BridgeReport <directory of a run>");
        }
        System.out.print(markdown(SummaryReport.averages(List.of(Path.of(args[0])))));
    }

    static String markdown(List<Measurement> measurements) {
        Map<String, List<Measurement>> questions = new LinkedHashMap<>();
        for (Measurement measurement : measurements) {
            if (measurement.parameters().containsKey("pipeline")) {
                questions
                        .computeIfAbsent(measurement.benchmark(), unused -> new ArrayList<>())
                        .add(measurement);
            }
        }
        var lines = new ArrayList<>(List.of(
                ResultsTable.cells(List.of("question", "bridge", "best peer", "", "bridge / best peer")),
                "|---|---:|---:|---|---:|"));
        questions.forEach((question, contestants) -> lines.addAll(rows(question, contestants)));
        return String.join("\n", lines) + "\n";
    }

    private static List<String> rows(String question, List<Measurement> contestants) {
        Optional<Measurement> best = contestants.stream()
                .filter(measurement -> !isBridge(measurement))
                .min(Comparator.comparingDouble(Measurement::median));
        return contestants.stream()
                .filter(BridgeReport::isBridge)
                .map(bridge -> ResultsTable.cells(List.of(
                        title(question, bridge),
                        cost(bridge),
                        best.map(BridgeReport::cost).orElse(""),
                        best.map(peer -> "`" + contestant(peer) + "`").orElse(""),
                        best.map(peer -> ratio(bridge.median() / peer.median())).orElse(""))))
                .toList();
    }

    private static boolean isBridge(Measurement measurement) {
        return contestant(measurement).startsWith(BRIDGE);
    }

    private static String contestant(Measurement measurement) {
        return measurement.parameters().getOrDefault("pipeline", "");
    }

    private static String title(String question, Measurement bridge) {
        String way = contestant(bridge).substring(BRIDGE.length());
        return "`" + question.replaceFirst("Benchmark.*", "") + "`"
                + way.toLowerCase(Locale.ROOT).replace("_", ", ");
    }

    private static String cost(Measurement measurement) {
        String time = ResultsTable.number(measurement.median()) + " ns";
        return Double.isNaN(measurement.bytesPerOperation())
                ? time
                : time + ", " + Math.round(measurement.bytesPerOperation()) + " B";
    }

    private static String ratio(double ratio) {
        String text = String.format(Locale.ROOT, "%.2f", ratio);
        return ratio <= AT_MOST ? "**" + text + "**" : text;
    }
}
