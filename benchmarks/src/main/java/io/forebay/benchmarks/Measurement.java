package io.forebay.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.openjdk.jmh.util.ListStatistics;

/**
 * One line of JMH's JSON output.
 *
 * @param benchmark the name of class and method, without the package
 * @param mode JMH's short name of what the score is: {@code avgt}, {@code sample}, {@code ss}
 * @param threads how many threads ran it
 * @param parameters as JMH lists them, but for the contestant, which is always the {@code allocator}
 * @param score the mean
 * @param iterations the mean of each, of all forks and rounds; {@code score} alone if they were not kept
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
        List<Double> iterations,
        double error,
        String unit,
        Map<String, Double> percentiles,
        double bytesPerOperation) {

    private static final String GARBAGE = "gc.alloc.rate.norm";
    private static final String SUBJECT = "subject"; // what older runs call the allocator
    private static final String ALLOCATOR = "allocator";
    private static final double CONFIDENCE = 0.999; // as JMH has it

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
                .forEach(e -> parameters.put(
                        e.getKey().equals(SUBJECT) ? ALLOCATOR : e.getKey(),
                        e.getValue().asText()));
        JsonNode primary = node.path("primaryMetric");
        var percentiles = new LinkedHashMap<String, Double>();
        primary.path("scorePercentiles").properties().forEach(e -> percentiles.put(e.getKey(), number(e.getValue())));
        return new Measurement(
                withoutPackage(node.path("benchmark").asText()),
                node.path("mode").asText(),
                node.path("threads").asInt(),
                parameters,
                number(primary.path("score")),
                iterations(primary),
                number(primary.path("scoreError")),
                primary.path("scoreUnit").asText(),
                percentiles,
                number(node.path("secondaryMetrics").path(GARBAGE).path("score")));
    }

    private static List<Double> iterations(JsonNode primary) {
        List<Double> iterations = StreamSupport.stream(primary.path("rawData").spliterator(), false)
                .flatMap(fork -> StreamSupport.stream(fork.spliterator(), false))
                .map(Measurement::number)
                .toList();
        return iterations.isEmpty() ? List.of(number(primary.path("score"))) : iterations;
    }

    /** Of all iterations: what a noisy machine's outliers move least. */
    double median() {
        double[] sorted =
                iterations.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Of the fastest iteration: what the code takes where nothing else disturbs it, if there are enough of them. */
    double least() {
        return Collections.min(iterations);
    }

    /** What is measured; another round of it has the same. */
    record Case(String benchmark, String mode, int threads, Map<String, String> parameters, String unit) {}

    Case ofCase() {
        return new Case(benchmark, mode, threads, parameters, unit);
    }

    /** This and another round of the same case as one; of samples, of which the parts are not kept, the other. */
    Measurement with(Measurement round) {
        if (isSampled()) {
            return round;
        }
        List<Double> all =
                Stream.of(iterations, round.iterations).flatMap(List::stream).toList();
        var statistics =
                new ListStatistics(all.stream().mapToDouble(Double::doubleValue).toArray());
        double bytes = bytesPerOperation * iterations.size() + round.bytesPerOperation * round.iterations.size();
        return new Measurement(
                benchmark,
                mode,
                threads,
                parameters,
                statistics.getMean(),
                all,
                statistics.getMeanErrorAt(CONFIDENCE),
                unit,
                Map.of(),
                bytes / all.size());
    }

    private static String withoutPackage(String benchmark) {
        int method = benchmark.lastIndexOf('.');
        return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1);
    }

    /** The same of a benchmark of another name: for one that was run in a way of its own. */
    Measurement renamed(String benchmark) {
        return new Measurement(
                benchmark, mode, threads, parameters, score, iterations, error, unit, percentiles, bytesPerOperation);
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
