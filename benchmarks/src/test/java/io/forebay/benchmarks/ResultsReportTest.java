package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsReportTest {
    private static final String ENTRY = """
            {
              "benchmark" : "io.forebay.benchmarks.BurstBenchmark.burst",
              "mode" : "%s",
              "threads" : 1,
              "params" : { "allocator" : "%s", "memory" : "DIRECT", "size" : "1024" },
              "primaryMetric" : { "score" : %s, "scoreError" : %s, "scoreUnit" : "ns/op" },
              "secondaryMetrics" : { %s }
            }
            """;
    private static final String NO_GARBAGE = "\"gc.alloc.rate.norm\" : { \"score\" : 0.0004 }";

    @TempDir
    private Path run;

    @Test
    void eachQuestionIsATableWithTheRatioToTheBestPeer() throws IOException {
        write(
                "BurstBenchmark.json",
                ENTRY.formatted("avgt", "FOREBAY", "10.0", "0.5", NO_GARBAGE),
                ENTRY.formatted("avgt", "ADAPTIVE", "25.0", "1.25", NO_GARBAGE),
                ENTRY.formatted("avgt", "POOLED", "123.4", "12.34", NO_GARBAGE));

        ResultsReport.main(new String[] {run.toString()});

        assertThat(Files.readString(run.resolve("results.md")))
                .contains("\n## BurstBenchmark\n\n")
                .contains("| benchmark | threads | memory | size | FOREBAY | ADAPTIVE | POOLED | best peer / FOREBAY |")
                .contains("|---|---|---|---|---:|---:|---:|---:|")
                .contains("| BurstBenchmark.burst | 1 | DIRECT | 1024 | 10.0 ± 0.50 ns/op, 0.000 B/op "
                        + "| 25.0 ± 1.25 ns/op, 0.000 B/op | 123 ± 12.3 ns/op, 0.000 B/op | 2.50 |\n");
    }

    @Test
    void whatWasNotMeasuredIsLeftOut() throws IOException {
        write("BurstBenchmark.json", ENTRY.formatted("avgt", "FOREBAY", "10.0", "\"NaN\"", ""));

        assertThat(ResultsReport.markdown(run)).contains("| DIRECT | 1024 | 10.0 ns/op |  |\n");
    }

    @Test
    void aQuestionAboutForebayAloneHasItsColumn() throws IOException {
        write(
                "PoolSearchBenchmark.json",
                ENTRY.formatted("avgt", "64", "10.0", "0.5", "").replace("allocator", "others"));

        assertThat(ResultsReport.markdown(run))
                .contains("| others | size | FOREBAY |")
                .contains("| 10.0 ± 0.50 ns/op");
    }

    @Test
    void eachWayIntoForebaysPoolHasItsRatio() throws IOException {
        write(
                "PoolGetPutBenchmark.json",
                pooled("FOREBAY_OWNED", "5.0"),
                pooled("FOREBAY_STRIPED", "20.0"),
                pooled("RECYCLER", "10.0"));

        assertThat(ResultsReport.markdown(run))
                .contains("| best peer / FOREBAY_OWNED | best peer / FOREBAY_STRIPED |")
                .contains("| 2.00 | 0.50 |\n");
    }

    private static String pooled(String kind, String score) {
        return ENTRY.formatted("avgt", kind, score, "0.5", "").replace("allocator", "pool");
    }

    @Test
    void samplesAreShownAsPercentiles() throws IOException {
        write("PoolCycleBenchmark.json", """
                {
                  "benchmark" : "io.forebay.benchmarks.pool.PoolCycleBenchmark.cycle",
                  "mode" : "ss",
                  "threads" : 1,
                  "params" : { "phase" : "IDLE" },
                  "primaryMetric" : { "score" : 8.0, "scoreError" : "NaN", "scoreUnit" : "us/op",
                    "scorePercentiles" :
                      { "50.0" : 7.0, "95.0" : 9.0, "99.0" : 10.0, "99.9" : 11.0, "100.0" : 12.5 } }
                }
                """);

        assertThat(ResultsReport.markdown(run))
                .contains("| benchmark | threads | phase | mean | 50.0 % | 95.0 % | 99.0 % | 99.9 % | 100.0 % |")
                .contains("| PoolCycleBenchmark.cycle | 1 | IDLE | 8.00 us/op | 7.00 | 9.00 | 10.0 | 11.0 | 12.5 |\n");
    }

    @Test
    void scoresThatAreNotTimesAreRefused() throws IOException {
        write("BurstBenchmark.json", ENTRY.formatted("thrpt", "FOREBAY", "10.0", "0.5", ""));

        assertThatThrownBy(() -> ResultsReport.markdown(run)).hasMessageContaining("only average times");
    }

    private void write(String name, String... entries) throws IOException {
        Files.writeString(run.resolve(name), "[" + String.join(",", entries) + "]");
    }
}
