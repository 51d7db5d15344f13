package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints what {@code turns.sh} measured of two versions of the code: of each case the median of both, and the ratio. */
public final class TurnsReport {
    private TurnsReport() {}

    /** Takes the directory of a run of {@code turns.sh}. */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: TurnsReport <directory of a run>");
        }
        Path run = Path.of(args[0]);
        System.out.print(markdown(forks(run, "before"), forks(run, "after")));
    }

    /** Of each case the median of every fork. */
    private static Map<String, List<Double>> forks(Path run, String version) throws IOException {
        var forks = new TreeMap<String, List<Double>>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(run, version + "-*.json")) {
            for (Path file : files) {
                for (Measurement fork : Measurement.read(file)) {
                    forks.computeIfAbsent(caseOf(fork), unused -> new ArrayList<>())
                            .add(fork.median());
                }
            }
        }
        return forks;
    }

    private static String caseOf(Measurement fork) {
        var words = new ArrayList<String>();
        new TreeMap<>(fork.parameters()).forEach((name, value) -> words.add(name + "=" + value));
        return "`" + fork.benchmark() + "`, " + String.join(", ", words) + ", " + fork.unit();
    }

    static String markdown(Map<String, List<Double>> before, Map<String, List<Double>> after) {
        var lines = new ArrayList<String>();
        lines.add("| case | before | after | after over before |");
        lines.add("|---|---:|---:|---:|");
        before.forEach((name, forks) -> {
            List<Double> others = after.get(name);
            if (others != null) {
                String ratio = String.format(Locale.ROOT, "%.2f", median(others) / median(forks));
                lines.add(ResultsTable.cells(List.of(name, cell(forks), cell(others), ratio)));
            }
        });
        return String.join("\n", lines) + "\n";
    }

    private static String cell(List<Double> forks) {
        double least = forks.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double most = forks.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", median(forks), least, most);
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
