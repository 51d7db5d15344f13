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
import java.util.stream.Collectors;

/**
 * Prints the run of {@code run.sh bridge} as one table: a row per question and way through the bridge, beside it the best of
 * the peers, by the median of the iterations, on the same allocator, and in the last column on Netty's.
 */
public final class BridgeReport {
    private static final String BRIDGE = "FOREBAY";
    private static final String MEMORY = "FOREBAY"; // also of runs that had no choice
    private static final String BEST_PEERS = "--best-peers";
    private static final double AT_MOST = 1.00;

    private BridgeReport() {}

    /**
     * Takes the directory of a run. With {@code --best-peers} before it, prints the best peer of each question in place of the
     * table, behind the name of its benchmark: {@code run.sh} asks those once more.
     */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        boolean bestPeers = args.length == 2 && args[0].equals(BEST_PEERS);
        if (args.length != 1 && !bestPeers) {
            throw new IllegalArgumentException("usage: BridgeReport [" + BEST_PEERS + "] <directory of a run>");
        }
        List<Measurement> measurements = SummaryReport.averages(List.of(Path.of(args[args.length - 1])));
        System.out.print(bestPeers ? bestPeers(measurements) : markdown(measurements));
    }

    static String bestPeers(List<Measurement> measurements) {
        return questions(measurements).values().stream()
                .flatMap(contestants -> bestPeer(contestants, /* sameMemory= */ true).stream())
                .map(peer -> peer.benchmark() + " " + contestant(peer) + "\n")
                .collect(Collectors.joining());
    }

    static String markdown(List<Measurement> measurements) {
        var lines = new ArrayList<>(List.of(
                ResultsTable.cells(List.of(
                        "question",
                        "bridge",
                        "best peer",
                        "",
                        "bridge / best peer",
                        "bridge / best peer on Netty's allocator")),
                "|---|---:|---:|---|---:|---:|"));
        questions(measurements).forEach((question, contestants) -> lines.addAll(rows(question, contestants)));
        return String.join("\n", lines) + "\n";
    }

    /** What was measured of each, however it was run. */
    private static Map<String, List<Measurement>> questions(List<Measurement> measurements) {
        Map<String, List<Measurement>> questions = new LinkedHashMap<>();
        for (Measurement measurement : measurements) {
            if (measurement.parameters().containsKey("pipeline")) {
                questions
                        .computeIfAbsent(question(measurement), unused -> new ArrayList<>())
                        .add(measurement);
            }
        }
        return questions;
    }

    private static String question(Measurement measurement) {
        return measurement.benchmark().replaceFirst("Benchmark.*", "");
    }

    private static List<String> rows(String question, List<Measurement> contestants) {
        Optional<Measurement> best = bestPeer(contestants, /* sameMemory= */ true);
        Optional<Measurement> bestOnNettys = bestPeer(contestants, /* sameMemory= */ false);
        return contestants.stream()
                .filter(measurement -> isBridge(measurement) && isOnForebays(measurement))
                .map(bridge -> ResultsTable.cells(List.of(
                        title(question, bridge),
                        cost(bridge),
                        best.map(BridgeReport::cost).orElse(""),
                        best.map(peer -> "`" + contestant(peer) + "`").orElse(""),
                        ratio(bridge, best),
                        ratio(bridge, bestOnNettys))))
                .toList();
    }

    /** On the memory that the bridge has, or on Netty's. */
    private static Optional<Measurement> bestPeer(List<Measurement> contestants, boolean sameMemory) {
        return contestants.stream()
                .filter(measurement -> !isBridge(measurement) && isOnForebays(measurement) == sameMemory)
                .min(Comparator.comparingDouble(Measurement::median));
    }

    private static boolean isOnForebays(Measurement measurement) {
        return measurement.parameters().getOrDefault("memory", MEMORY).equals(MEMORY);
    }

    private static boolean isBridge(Measurement measurement) {
        return contestant(measurement).startsWith(BRIDGE);
    }

    private static String contestant(Measurement measurement) {
        return measurement.parameters().getOrDefault("pipeline", "");
    }

    private static String title(String question, Measurement bridge) {
        String way = contestant(bridge).substring(BRIDGE.length());
        return "`" + question + "`" + way.toLowerCase(Locale.ROOT).replace("_", ", ");
    }

    private static String cost(Measurement measurement) {
        String time = ResultsTable.number(measurement.median()) + " ns";
        return Double.isNaN(measurement.bytesPerOperation())
                ? time
                : time + ", " + Math.round(measurement.bytesPerOperation()) + " B";
    }

    private static String ratio(Measurement bridge, Optional<Measurement> peer) {
        if (peer.isEmpty()) {
            return "";
        }
        double ratio = bridge.median() / peer.get().median();
        String text = String.format(Locale.ROOT, "%.2f", ratio);
        return ratio <= AT_MOST ? "**" + text + "**" : text;
    }
}
