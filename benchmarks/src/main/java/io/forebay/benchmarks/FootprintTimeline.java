package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What one process of {@link FootprintMeasure} printed.
 *
 * @param samples in the order of time
 */
record FootprintTimeline(List<Sample> samples) {
    private static final int COLUMNS = 5;

    /**
     * One line; all figures but the time are in bytes.
     *
     * @param moment its name
     * @param millis since the load began
     * @param reserved held from the system, as the allocator counts it
     * @param asked the capacities asked for of the buffers that are live
     * @param resident of the process, by the kernel's count
     */
    record Sample(String moment, long millis, long reserved, long asked, long resident) {
        static Sample parse(String line) {
            String[] columns = line.split("\t", -1);
            if (columns.length != COLUMNS) {
                throw new IllegalArgumentException("not a line of " + COLUMNS + " columns: " + line);
            }
            return new Sample(
                    columns[0],
                    Long.parseLong(columns[1]),
                    Long.parseLong(columns[2]),
                    Long.parseLong(columns[3]),
                    Long.parseLong(columns[4]));
        }
    }

    /** A file with a head. */
    static FootprintTimeline read(Path tsv) throws IOException {
        List<String> lines = Files.readAllLines(tsv);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("empty: " + tsv.getFileName());
        }
        return new FootprintTimeline(
                lines.subList(1, lines.size()).stream().map(Sample::parse).toList());
    }

    /** The sample of that name; a process that failed may have none. */
    Sample at(String moment) {
        return samples.stream()
                .filter(sample -> sample.moment().equals(moment))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no moment " + moment + " (did the process fail?)"));
    }

    long peak(ToLongFunction<Sample> figure) {
        return samples.stream().mapToLong(figure).max().orElseThrow();
    }
}
