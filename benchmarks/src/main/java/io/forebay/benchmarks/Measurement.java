package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * One line of JMH's JSON output.
 *
 * @param benchmark the name of class and method, without the package
 * @param mode JMH's short name of what the score is: {@code avgt}, {@code sample}, {@code ss}
 * @param threads how many threads ran it
 * @param parameters as JMH lists them
 * @param score the mean
 * @param median of the iterations of all forks: what a noisy machine's outliers move least; the mean if they were not kept
 * @param error half the width of the 99.9 % confidence interval; not a number if there was one iteration only
 * @param unit of the score and the error
 * @param percentiles of the samples by percentage, as {@code 99.9}; {@code 100.0} is the longest
 * @param bytesPerOperation garbage, from JMH's gc profiler; not a number if that did not run
 */
record Measurement(
        String benchmark,
        String mode,
        int threads,
        Map<String, String> parameters,
        double score,
        double median,
        double error,
        String unit,
        Map<String, Double> percentiles,
        double bytesPerOperation) {

    private static final String GARBAGE = "gc.alloc.rate.norm";

    /** What JMH's {@code -rf json} wrote. */
    static List<Measurement> read(Path json) throws IOException {
        var measurements = new ArrayList<Measurement>();
        for (JsonNode node : new ObjectMapper().readTree(json.toFile())) {
            measurements.add(of(node));
        }
        return measurements;
    }

    private static Measurement of(JsonNode node) {
        var parameters = new LinkedHashMap<String, String>();
        node.path("params")
                .properties()
                .forEach(e -> parameters.put(e.getKey(), e.getValue().asText()));
        JsonNode primary = node.path("primaryMetric");
        var percentiles = new LinkedHashMap<String, Double>();
        primary.path("scorePercentiles").properties().forEach(e -> percentiles.put(e.getKey(), number(e.getValue())));
        return new Measurement(
                withoutPackage(node.path("benchmark").asText()),
                node.path("mode").asText(),
                node.path("threads").asInt(),
                parameters,
                number(primary.path("score")),
                median(primary),
                number(primary.path("scoreError")),
                primary.path("scoreUnit").asText(),
                percentiles,
                number(node.path("secondaryMetrics").path(GARBAGE).path("score")));
    }

    private static double median(JsonNode primary) {
        double[] iterations = StreamSupport.stream(primary.path("rawData").spliterator(), false)
                .flatMap(fork -> StreamSupport.stream(fork.spliterator(), false))
                .mapToDouble(Measurement::number)
                .sorted()
                .toArray();
        int middle = iterations.length / 2;
        if (iterations.length == 0) {
            return number(primary.path("score"));
        }
        return iterations.length % 2 == 1 ? iterations[middle] : (iterations[middle - 1] + iterations[middle]) / 2;
    }

    private static String withoutPackage(String benchmark) {
        int method = benchmark.lastIndexOf('.');
        return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1);
    }

    /** The same of a benchmark of another name: for one that was run in a way of its own. */
    Measurement renamed(String benchmark) {
        return new Measurement(
                benchmark, mode, threads, parameters, score, median, error, unit, percentiles, bytesPerOperation);
    }

    /** Whether each sample was kept, not only their mean. */
    boolean isSampled() {
        return mode.equals("sample") || mode.equals("ss");
    }

    /** JMH writes what JSON has no number for as a string: {@code "NaN"}. */
    private static double number(JsonNode node) {
        String text = node.asText();
        return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
    }
}
