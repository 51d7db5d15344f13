package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryReportTest {
    private static final String ENTRY = """
            {
              "benchmark" : "io.forebay.benchmarks.BurstBenchmark.burst",
              "mode" : "avgt",
              "threads" : 1,
              "params" : { "allocator" : "%s", "memory" : "%s", "size" : "%s" },
              "primaryMetric" : { "score" : %s, "scoreUnit" : "ns/op" },
              "secondaryMetrics" : { }
            }
            """;

    private static final String SEARCH = """
            {
              "benchmark" : "io.forebay.benchmarks.pool.%s",
              "mode" : "avgt",
              "threads" : 1,
              "params" : { "others" : "%d" },
              "primaryMetric" : { "score" : 1, "scoreUnit" : "ns/op", "rawData" : [%s] }
            }
            """;

    @TempDir
    private Path run;

    @Test
    void aGoalShowsTheMeanAndTheRangeOfItsCases() throws IOException {
        write(
                ENTRY.formatted("FOREBAY", "DIRECT", "256", "10"),
                ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "40"),
                ENTRY.formatted("POOLED", "DIRECT", "256", "80"),
                ENTRY.formatted("FOREBAY", "HEAP", "256", "16"),
                ENTRY.formatted("ADAPTIVE", "HEAP", "256", "16"),
                ENTRY.formatted("FOREBAY", "DIRECT", "65536", "10"),
                ENTRY.formatted("ADAPTIVE", "DIRECT", "65536", "100"));

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| question | at most | " + run.getFileName() + " |\n|---|---:|---:|\n")
                .contains("| burst of 64, up to 16 KiB | 0.35 | 0.50 (0.25 to 1.00) |\n")
                .contains("| burst of 64, above | 0.20 | **0.10 (0.10 to 0.10)** |\n")
                .contains("| hand-off, 1 KiB | 0.70 |  |\n");
    }

    @Test
    void onANewerJdkAGoalIsReachedWithinATenth(@TempDir Path parent) throws IOException {
        write(ENTRY.formatted("FOREBAY", "DIRECT", "256", "38"), ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "100"));
        var runs = new ArrayList<List<Path>>();
        for (String name : List.of("2026-11-27-abc-jdk17", "2026-11-27-abc-jdk25")) {
            Path copy = Files.createDirectory(parent.resolve(name));
            Files.copy(run.resolve("BurstBenchmark.json"), copy.resolve("BurstBenchmark.json"));
            runs.add(List.of(copy));
        }

        assertThat(SummaryReport.markdown(runs))
                .contains("| burst of 64, up to 16 KiB | 0.35 | 0.38 (0.38 to 0.38) | **0.38 (0.38 to 0.38)** |\n")
                .endsWith("on a newer JDK, at most a tenth above it.\n");
    }

    @Test
    void whatHasNoGoalIsNeverReached() throws IOException {
        String entry = ENTRY.replace("BurstBenchmark.burst", "AllocateReleaseBenchmark.allocateRelease");
        Files.writeString(
                run.resolve("AllocateReleaseBenchmark-leak-detection.json"),
                "[" + entry.formatted("FOREBAY", "DIRECT", "256", "10") + ","
                        + entry.formatted("ADAPTIVE", "DIRECT", "256", "100") + "]");

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| allocate and release, up to 16 KiB, default leak detection | none set "
                        + "| 0.10 (0.10 to 0.10) |\n");
    }

    @Test
    void outliersOfAnIterationDoNotMoveARatio() throws IOException {
        String withRaw = "\"scoreUnit\" : \"ns/op\", \"rawData\" : [[ 10.0, 11.0 ], [ 12.0, 900.0, 10.5 ]]";
        write(
                ENTRY.formatted("FOREBAY", "DIRECT", "256", "188.7").replace("\"scoreUnit\" : \"ns/op\"", withRaw),
                ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "44"));

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| burst of 64, up to 16 KiB | 0.35 | **0.25 (0.25 to 0.25)** |\n");
    }

    @Test
    void ofRunsThatShareAColumnTheLastAnswerCounts(@TempDir Path later) throws IOException {
        write(ENTRY.formatted("FOREBAY", "DIRECT", "256", "30"), ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "40"));
        Files.copy(run.resolve("BurstBenchmark.json"), later.resolve("BurstBenchmark.json"));
        write(ENTRY.formatted("FOREBAY", "DIRECT", "256", "10"), ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "40"));

        assertThat(SummaryReport.markdown(List.of(List.of(run, later))))
                .contains("| question | at most | " + run.getFileName() + ", " + later.getFileName() + " |")
                .contains("| burst of 64, up to 16 KiB | 0.35 | 0.75 (0.75 to 0.75) |\n");
    }

    @Test
    void roundsOfAQuestionAreOneAnswer() throws IOException {
        String score = "\"scoreUnit\" : \"ns/op\"";
        String adaptive = ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "40");
        String forebay = ENTRY.formatted("FOREBAY", "DIRECT", "256", "0");
        write(forebay.replace(score, score + ", \"rawData\" : [[ 10.0, 10.0, 10.0 ]]"), adaptive);
        String again = forebay.replace(score, score + ", \"rawData\" : [[ 20.0, 20.0, 10.0, 20.0 ]]");
        Files.writeString(run.resolve("BurstBenchmark.round2.json"), "[" + again + "]");
        Files.writeString(run.resolve("BurstBenchmark.round3.json"), "[" + again + "," + adaptive + "]");

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| burst of 64, up to 16 KiB | 0.35 | 0.50 (0.50 to 0.50) |\n")
                .containsOnlyOnce("| question, by the fastest iterations | at most |")
                .contains("| burst of 64, up to 16 KiB | 0.35 | **0.25 (0.25 to 0.25)** |\n");
        assertThat(ResultsReport.markdown(run))
                .containsOnlyOnce("## BurstBenchmark\n")
                .contains("| DIRECT | 256 | 15.5 ± ")
                .contains(" | 40.0 ns/op | 2.59 |");
    }

    @Test
    void whatWasRunInAWayOfItsOwnIsNoCaseOfTheQuestion() throws IOException {
        String[] entries = {
            ENTRY.formatted("FOREBAY", "DIRECT", "256", "10"), ENTRY.formatted("ADAPTIVE", "DIRECT", "256", "40")
        };
        Files.writeString(run.resolve("BurstBenchmark-4-threads.json"), "[" + String.join(",", entries) + "]");

        assertThat(SummaryReport.markdown(List.of(List.of(run)))).contains("| burst of 64, up to 16 KiB | 0.35 |  |\n");
    }

    @Test
    void scalingShowsThroughputAndWhatItIsOfThePeak() throws IOException {
        for (int threads : new int[] {1, 2, 4}) {
            String time = threads == 4 ? "40" : "10"; // of one operation, for each thread
            Files.writeString(
                    run.resolve("BurstBenchmark-" + threads + "-threads.json"),
                    "["
                            + ENTRY.formatted("FOREBAY", "DIRECT", "256", time)
                                    .replace("\"threads\" : 1", "\"threads\" : " + threads)
                            + "]");
        }

        assertThat(ScalingReport.markdown(SummaryReport.averages(List.of(run))))
                .contains("`BurstBenchmark.burst`")
                .contains("| threads | FOREBAY, M/s (of its peak) |")
                .contains("| 1 | 100.0 (0.50) |")
                .contains("| 2 | 200.0 (1.00) |")
                .contains("| 4 | 100.0 (0.50) |");
    }

    @Test
    void scalingShowsSearchesBySlots() throws IOException {
        String search = SEARCH.formatted("PoolSearchBenchmark.search", 8, "[20.4, 21.0, 30.0]");
        String steal = SEARCH.formatted("PoolStealBenchmark.steal", 8, "[100.0, 120.0]");
        String more = SEARCH.formatted("PoolStealBenchmark.steal", 16, "[250.0]");
        Files.writeString(run.resolve("PoolSearchBenchmark.json"), "[" + search + "]");
        Files.writeString(run.resolve("PoolStealBenchmark.json"), "[" + steal + "," + more + "]");

        assertThat(ScalingReport.markdown(SummaryReport.averages(List.of(run))))
                .contains(
                        "| other slots | a search that finds nothing | one that steals, and the 32 gets that it serves |")
                .contains("| 8 | 21 (20 to 30) | 110 (100 to 120) |\n")
                .contains("| 16 |  | 250 (250 to 250) |\n");
    }

    @Test
    void garbageStandsBesideTheBestPeersInTheSameCase() throws IOException {
        write(
                withGarbage("FOREBAY", "DIRECT", "0.02"),
                withGarbage("ADAPTIVE", "DIRECT", "24.0"),
                withGarbage("FOREBAY", "HEAP", "0.25"),
                withGarbage("ADAPTIVE", "HEAP", "0.5"),
                withGarbage("POOLED", "HEAP", "0.125"));

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| garbage, bytes per operation | " + run.getFileName() + " |\n|---|---:|\n")
                .contains("| burst of 64, for each buffer | **0.25 (0.13)** |\n")
                .contains("| grow from 256 B to 64 KiB |  |\n");
    }

    @Test
    void garbageOfAByteAndMoreThanTheBestPeersMissesTheGoal() throws IOException {
        write(withGarbage("FOREBAY", "DIRECT", "16.0"), withGarbage("ADAPTIVE", "DIRECT", "8.0"));

        assertThat(SummaryReport.markdown(List.of(List.of(run))))
                .contains("| burst of 64, for each buffer | 16.00 (8.00) |\n");
    }

    private static String withGarbage(String allocator, String memory, String bytes) {
        return ENTRY.formatted(allocator, memory, "256", "10")
                .replace(
                        "\"secondaryMetrics\" : { }",
                        "\"secondaryMetrics\" : { \"gc.alloc.rate.norm\" : { \"score\" : " + bytes + " } }");
    }

    @Test
    void itNeedsARun() {
        assertThatThrownBy(() -> SummaryReport.main(new String[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("directory of a run");
    }

    private void write(String... entries) throws IOException {
        Files.writeString(run.resolve("BurstBenchmark.json"), "[" + String.join(",", entries) + "]");
    }
}
