package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Collects what {@code footprint.sh} left below {@code raw}: a file per round, pattern and allocator. */
final class FootprintRun {
    private static final Pattern FILE = Pattern.compile("[0-9]+-([a-z-]+)-([a-z]+)\\.tsv");

    private final Map<FootprintPattern, Map<AllocatorKind, List<FootprintTimeline>>> rounds =
            new EnumMap<>(FootprintPattern.class);

    private FootprintRun() {}

    static FootprintRun read(Path run) throws IOException {
        var result = new FootprintRun();
        try (Stream<Path> files = Files.list(run.resolve("raw"))) {
            for (Path file : files.sorted().toList()) {
                Matcher name = FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    result.add(
                            FootprintPattern.of(name.group(1)),
                            AllocatorKind.valueOf(name.group(2).toUpperCase(Locale.ROOT)),
                            FootprintTimeline.read(file));
                }
            }
        }
        return result;
    }

    private void add(FootprintPattern pattern, AllocatorKind allocator, FootprintTimeline timeline) {
        rounds.computeIfAbsent(pattern, key -> new EnumMap<>(AllocatorKind.class))
                .computeIfAbsent(allocator, key -> new ArrayList<>())
                .add(timeline);
    }

    List<FootprintPattern> patterns() {
        return List.copyOf(rounds.keySet());
    }

    List<AllocatorKind> allocators() {
        return Stream.of(AllocatorKind.values())
                .filter(kind -> rounds.values().stream().anyMatch(kinds -> kinds.containsKey(kind)))
                .toList();
    }

    /** In bytes, one for each round, ascending. */
    double[] values(FootprintPattern pattern, FootprintFigure figure, AllocatorKind allocator) {
        return rounds.getOrDefault(pattern, Map.of()).getOrDefault(allocator, List.of()).stream()
                .mapToDouble(figure::of)
                .sorted()
                .toArray();
    }

    /** Of the rounds, the middle one; between the middle two if their number is even. */
    OptionalDouble median(FootprintPattern pattern, FootprintFigure figure, AllocatorKind allocator) {
        double[] sorted = values(pattern, figure, allocator);
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = sorted.length / 2;
        return OptionalDouble.of(sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
    }

    /** The least of the peers' medians. */
    OptionalDouble bestPeer(FootprintPattern pattern, FootprintFigure figure) {
        return allocators().stream()
                .filter(kind -> kind != AllocatorKind.FOREBAY)
                .flatMapToDouble(kind -> median(pattern, figure, kind).stream())
                .min();
    }
}
