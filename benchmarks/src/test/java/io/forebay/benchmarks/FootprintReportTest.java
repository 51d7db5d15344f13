package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FootprintReportTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path run;

    @Test
    void theTableHasMediansTheGoalAndWhatWasReached() throws IOException {
        process("1-all-released-forebay", 60, 2, 20);
        process("2-all-released-forebay", 100, 4, 30);
        process("3-all-released-forebay", 80, 3, 25);
        process("1-all-released-adaptive", 100, 50, 100);
        process("1-all-released-pooled", 200, 200, 150);

        FootprintReport.main(new String[] {run.toString()});

        assertThat(read("results.md"))
                .contains("| load | memory | FOREBAY | ADAPTIVE | POOLED | goal | reached |\n")
                .contains("| 8192 live, all released | reserved, under load | 80.0 (60.0 to 100.0) | 100.0 | 200.0 "
                        + "| at most 0.95 of the best peer | **0.80** |\n")
                .contains("| reserved, two cycles later | 3.0 (2.0 to 4.0) | 50.0 | 200.0 "
                        + "| at most 0.05 of its peak | **0.04** |\n")
                .contains("| resident, at its peak | 80.0 (60.0 to 100.0) | 100.0 | 200.0 |  |  |\n")
                .contains("| resident, two cycles later | 25.0 (20.0 to 30.0) | 100.0 | 150.0 "
                        + "| at most 0.33 of its peak | **0.31** |\n");
    }

    @Test
    void aGoalThatWasMissedIsNotBold() throws IOException {
        process("1-few-live-forebay", 60, 0, 1);
        process("1-few-live-pooled", 100, 100, 100);

        FootprintReport.main(new String[] {run.toString()});

        assertThat(read("results.md")).contains("| at most 0.50 of the best peer | 0.60 |\n");
    }

    @Test
    void theSummaryKeepsEachRoundInBytes() throws IOException {
        process("1-tenth-left-forebay", 60, 8, 20);
        process("2-tenth-left-forebay", 60, 10, 20);
        process("1-tenth-left-adaptive", 100, 12, 100);

        FootprintReport.main(new String[] {run.toString()});

        JsonNode last = MissingNode.getInstance();
        for (JsonNode row : new ObjectMapper().readTree(read("summary.json")).path("rows")) {
            if (row.path("memory").asText().equals(FootprintFigure.RESERVED_TWO_CYCLES.title)) {
                last = row;
            }
        }
        assertThat(last.path("FOREBAY").path("median").asDouble()).isEqualTo(9.0 * MIB);
        assertThat(last.path("FOREBAY").path("rounds")).hasSize(2);
        assertThat(last.path("reached").asDouble()).isEqualTo(0.75);
    }

    @Test
    void pausesAreTimesThatOccurred() throws IOException {
        Files.createDirectories(run.resolve("raw"));
        Files.writeString(run.resolve("raw/pause-home.tsv"), "nanos\n9000\n1000\n3000\n2000\n# 1 burst\n");

        FootprintReport.main(new String[] {run.toString()});

        assertThat(read("results.md")).contains("| home | 4 | 2.0 | 9.0 | 9.0 | 9.0 |\n");
        assertThat(read("summary.json")).contains("\"0.5\" : 2.0");
    }

    @Test
    void aProcessThatFailedIsReported() throws IOException {
        process("1-few-live-forebay", 60, 0, 1);
        Path file = run.resolve("raw/1-few-live-forebay.tsv");
        Files.writeString(file, Files.readString(file).replaceFirst("(?s)\nloaded.*", "\n"));

        assertThatThrownBy(() -> FootprintReport.main(new String[] {run.toString()}))
                .hasMessageContaining("no moment loaded");
    }

    /** A process that reserved so much at its peak and in the end, and whose growth ended at {@code residentMib}. */
    private void process(String name, long peakMib, long endMib, long residentMib) throws IOException {
        Files.createDirectories(run.resolve("raw"));
        long start = 500 * MIB;
        String peak = peakMib * MIB + "\t1000\t" + (start + peakMib * MIB) + "\n";
        String end = endMib * MIB + "\t0\t" + (start + residentMib * MIB) + "\n";
        Files.writeString(
                run.resolve("raw").resolve(name + ".tsv"),
                "moment\tmillis\treserved\tasked\tresident\n"
                        + "before\t0\t0\t0\t" + start + "\n"
                        + "sample\t1\t" + peak
                        + "loaded\t2\t" + peak
                        + "released\t3\t" + peak
                        + "one-cycle\t4\t" + end
                        + "two-cycles\t5\t" + end);
    }

    private String read(String name) throws IOException {
        return Files.readString(run.resolve(name));
    }
}
