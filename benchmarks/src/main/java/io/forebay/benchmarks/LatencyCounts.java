package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many requests took how long.
 *
 * @param requestsByMicros by the microseconds until the end of the answer
 */
record LatencyCounts(TreeMap<Long, Long> requestsByMicros) {

    /** A file with a head and the columns requests, status and microseconds. */
    static LatencyCounts read(Path tsv) throws IOException {
        List<String> lines = Files.readAllLines(tsv);
        var counts = new TreeMap<Long, Long>();
        for (String line : lines.subList(1, lines.size())) {
            String[] columns = line.split("\t", -1);
            counts.merge(Long.parseLong(columns[2]), Long.parseLong(columns[0]), Long::sum);
        }
        if (counts.isEmpty()) {
            throw new IllegalArgumentException("no requests: " + tsv.getFileName());
        }
        return new LatencyCounts(counts);
    }

    /** The smallest time, in milliseconds, that at least this part of all requests did not exceed. */
    double quantileMillis(double part) {
        long all = requestsByMicros.values().stream().mapToLong(Long::longValue).sum();
        long rank = (long) Math.ceil(part * all);
        long seen = 0;
        for (Map.Entry<Long, Long> entry : requestsByMicros.entrySet()) {
            seen += entry.getValue();
            if (seen >= rank) {
                return entry.getKey() / 1000.0;
            }
        }
        throw new IllegalArgumentException("part must be at most 1: part=" + part);
    }
}
