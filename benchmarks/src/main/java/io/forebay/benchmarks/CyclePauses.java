package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How long cycles held up an event loop, as {@link CyclePauseMeasure} printed it.
 *
 * @param released where the buffers were released
 * @param nanos of each task that a cycle gave the loop, ascending
 */
record CyclePauses(String released, List<Long> nanos) {
    private static final Pattern FILE = Pattern.compile("pause-([a-z]+)\\.tsv");
    private static final double[] PARTS = {0.5, 0.99, 0.999, 1};

    /** All of a run, by name. */
    static List<CyclePauses> readAll(Path run) throws IOException {
        var all = new ArrayList<CyclePauses>();
        try (Stream<Path> files = Files.list(run.resolve("raw"))) {
            for (Path file : files.sorted().toList()) {
                Matcher name = FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    all.add(read(name.group(1), file));
                }
            }
        }
        return List.copyOf(all);
    }

    private static CyclePauses read(String released, Path file) throws IOException {
        List<Long> nanos = Files.readAllLines(file).stream()
                .skip(1)
                .filter(line -> !line.startsWith("#"))
                .map(Long::valueOf)
                .sorted()
                .toList();
        if (nanos.isEmpty()) {
            throw new IllegalArgumentException("no cycles: " + file.getFileName());
        }
        return new CyclePauses(released, nanos);
    }

    /** The shortest time, in microseconds, that at least this part of the tasks did not exceed. */
    double quantileMicros(double part) {
        int rank = (int) Math.ceil(part * nanos.size());
        return nanos.get(Math.max(0, rank - 1)) / 1000.0;
    }

    /** A table; it ends with a line break. */
    static String markdown(List<CyclePauses> all) {
        var text = new StringBuilder("""

                How long cycles hold up an event loop, in microseconds: the tasks they give the loop, while 8192 buffers of a web socket
                proxy's sizes are let go of; they were released on the loop, or on another thread.

                | released | tasks | 50 % | 99 % | 99.9 % | longest |
                |---|---:|---:|---:|---:|---:|
                """);
        for (CyclePauses pauses : all) {
            var cells = new ArrayList<>(List.of(pauses.released, Integer.toString(pauses.nanos.size())));
            for (double part : PARTS) {
                cells.add(String.format(Locale.ROOT, "%.1f", pauses.quantileMicros(part)));
            }
            text.append(ResultsTable.cells(cells)).append('\n');
        }
        return text.toString();
    }

    static void addTo(ObjectNode summary, List<CyclePauses> all) {
        var list = summary.putArray("pauses");
        for (CyclePauses pauses : all) {
            ObjectNode node = list.addObject();
            node.put("released", pauses.released)
                    .put("tasks", pauses.nanos.size())
                    .put("unit", "microseconds");
            for (double part : PARTS) {
                node.put(Double.toString(part), pauses.quantileMicros(part));
            }
        }
    }
}
