package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes {@code results.md} beside the raw outputs of one run of {@code files.sh}. */
public final class FileReport {
    private static final Pattern FILE = Pattern.compile("[0-9]+-(read|write)-([a-z_]+)\\.tsv");
    private static final double AT_LEAST = 0.9;
    private static final double MIB = 1 << 20;

    private final Map<String, Map<FileContestant, List<Pass>>> passes = new TreeMap<>();

    private final Map<String, Map<FileContestant, List<Pass>>> firsts = new TreeMap<>();

    /** @param number from 1 on if it counts, else it warms up */
    private record Pass(int number, double mibPerSecond, double peakMib) {
        static Pass of(String line) {
            String[] fields = line.split("\t", -1);
            double seconds = Double.parseDouble(fields[2]) / 1e9;
            return new Pass(
                    Integer.parseInt(fields[0]),
                    Double.parseDouble(fields[1]) / MIB / seconds,
                    Double.parseDouble(fields[3]) / MIB);
        }
    }

    private FileReport() {}

    /** Takes the directory of the run. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: FileReport <directory of one run>");
        }
        Path run = Path.of(args[0]);
        var report = new FileReport();
        try (Stream<Path> files = Files.list(run.resolve("raw"))) {
            for (Path file : files.sorted().toList()) {
                report.add(file);
            }
        }
        Files.writeString(run.resolve("results.md"), report.markdown(), StandardCharsets.UTF_8);
    }

    private void add(Path file) throws IOException {
        Matcher name = FILE.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return;
        }
        List<Pass> all = Files.readAllLines(file).stream()
                .skip(1) // the head
                .map(Pass::of)
                .toList();
        FileContestant contestant = FileContestant.valueOf(name.group(2).toUpperCase(Locale.ROOT));
        all.stream().filter(pass -> pass.number() > 0).forEach(of(passes, name.group(1), contestant)::add);
        of(firsts, name.group(1), contestant).add(all.get(0));
    }

    private static List<Pass> of(
            Map<String, Map<FileContestant, List<Pass>>> passes, String direction, FileContestant contestant) {
        return passes.computeIfAbsent(direction, unused -> new EnumMap<>(FileContestant.class))
                .computeIfAbsent(contestant, unused -> new ArrayList<>());
    }

    private String markdown() {
        var text = new StringBuilder("""
                Medians over all passes that count, smallest and largest in brackets; and of each process's first pass, with all that
                is loaded and compiled meanwhile. Bold where the bridge reached 0.9 of the other. Command and machine are in
                `environment.txt`, each pass in `raw`.

                | | contestant | MiB/s | bridge over it | first pass, MiB/s | most memory reserved, MiB |
                |---|---|---:|---:|---:|---:|
                """);
        passes.forEach((direction, contestants) ->
                contestants.forEach((contestant, measured) -> text.append(ResultsTable.cells(List.of(
                                direction,
                                "`" + contestant + "`",
                                rates(measured),
                                ratio(contestants, contestant),
                                String.format(Locale.ROOT, "%.0f", median(sorted(of(firsts, direction, contestant)))),
                                mib(measured.stream()
                                        .mapToDouble(Pass::peakMib)
                                        .max()
                                        .orElse(Double.NaN)))))
                        .append('\n')));
        return text.toString();
    }

    private static String rates(List<Pass> measured) {
        double[] rates = sorted(measured);
        return String.format(Locale.ROOT, "%.0f (%.0f to %.0f)", median(rates), rates[0], rates[rates.length - 1]);
    }

    private static String ratio(Map<FileContestant, List<Pass>> contestants, FileContestant peer) {
        if (peer == FileContestant.BRIDGE || !contestants.containsKey(FileContestant.BRIDGE)) {
            return "";
        }
        double ratio = median(sorted(contestants.getOrDefault(FileContestant.BRIDGE, List.of())))
                / median(sorted(contestants.getOrDefault(peer, List.of())));
        String text = String.format(Locale.ROOT, "%.2f", ratio);
        return ratio >= AT_LEAST ? "**" + text + "**" : text;
    }

    private static double[] sorted(List<Pass> measured) {
        return measured.stream().mapToDouble(Pass::mibPerSecond).sorted().toArray();
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[middle]
                : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
    }

    private static String mib(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
