package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes {@code results.md}, a table per question, beside the JSON files of one run. */
public final class ResultsReport {
    private ResultsReport() {}

    /** Takes one argument: the directory of the run. */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: ResultsReport <directory of one run>");
        }
        Path run = Path.of(args[0]);
        Files.writeString(run.resolve("results.md"), markdown(run), StandardCharsets.UTF_8);
    }

    static String markdown(Path run) throws IOException {
        var report = new StringBuilder();
        report.append("Time per operation and its 99.9 % confidence interval, garbage per operation. ");
        report.append("The last columns are the time of the best peer over Forebay's: above 1, Forebay is faster. ");
        report.append("Command and machine are in `environment.txt`, raw results in the JSON files.\n");
        for (Map.Entry<String, List<Path>> question : RunFiles.questions(run).entrySet()) {
            report.append("\n## ").append(question.getKey()).append("\n\n");
            report.append(table(RunFiles.read(question.getValue())));
        }
        return report.toString();
    }

    private static String table(List<Measurement> measurements) {
        boolean sampled = !measurements.isEmpty() && measurements.stream().allMatch(Measurement::isSampled);
        return sampled ? PercentilesTable.markdown(measurements) : ResultsTable.markdown(measurements);
    }
}
