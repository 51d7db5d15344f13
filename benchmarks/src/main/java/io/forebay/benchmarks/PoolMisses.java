package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code PoolExpensiveNewBenchmark} counted: how many of the gets found nothing, amid garbage. A row per pool, and
 * Go's, which is the mean of its lines for each number of processors.
 */
final class PoolMisses {
    static final String QUESTION = "PoolExpensiveNewBenchmark";

    /** {@code BenchmarkPoolExpensiveNew-2   226   5213 ns/op   0.5 collections/op   0.01 misses/get}. */
    private static final Pattern GO_LINE =
            Pattern.compile("BenchmarkPoolExpensiveNew(?:-(\\d+))?\\s.*\\s([-+.e\\d]+) misses/get.*");

    private final Map<String, double[]> rows = new TreeMap<>(); // misses, and of how many gets

    private PoolMisses() {}

    /** The table, or nothing if there is nothing to tell; {@code rounds} are JMH's files of the question. */
    static String markdown(List<Path> rounds, List<String> go) throws IOException {
        var misses = new PoolMisses();
        for (Path round : rounds) {
            for (JsonNode node : new ObjectMapper().readTree(round.toFile())) {
                JsonNode counted = node.path("secondaryMetrics");
                misses.add(
                        "`" + node.path("params").path("pool").asText() + "`",
                        counted.path("created").path("score").asDouble(),
                        counted.path("got").path("score").asDouble());
            }
        }
        for (String line : go) {
            Matcher matcher = GO_LINE.matcher(line);
            if (matcher.matches()) {
                String processors = matcher.group(1) == null ? "1" : matcher.group(1);
                misses.add("Go `sync.Pool`, on " + processors, Double.parseDouble(matcher.group(2)), 1);
            }
        }
        return misses.table();
    }

    private void add(String pool, double misses, double gets) {
        double[] row = rows.computeIfAbsent(pool, unused -> new double[2]);
        row[0] += misses;
        row[1] += gets;
    }

    private String table() {
        if (rows.isEmpty()) {
            return "";
        }
        var lines = new ArrayList<>(List.of("", "| items dear to make, amid garbage | misses per get |", "|---|---:|"));
        rows.forEach((pool, row) ->
                lines.add(ResultsTable.cells(List.of(pool, String.format(Locale.ROOT, "%.5f", row[0] / row[1])))));
        return String.join("\n", lines) + "\n";
    }
}
