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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileMeasureTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void aFileIsWrittenAndReadInEachWay(FileContestant contestant) throws Exception {
        List<String> lines = new ArrayList<>();
        String file = directory.resolve("file").toString();

        FileMeasure.run(new String[] {contestant.name(), "write", file, "4", "2", "1"}, lines::add);
        FileMeasure.run(new String[] {contestant.name(), "read", file, "4", "2", "1"}, lines::add);

        assertThat(lines)
                .hasSize(8)
                .filteredOn(line -> line.matches("(-1|0|1)\t4194304\t[0-9]+\t[0-9]+"))
                .hasSize(6);
    }

    @Test
    void aFileWithOtherBytesIsFoundOut() throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[1 << 20]);

        assertThatThrownBy(
                        () -> FileMeasure.run(new String[] {"nio", "read", file.toString(), "1", "1", "1"}, line -> {}))
                .hasMessageContaining("wrong bytes");
    }

    @Test
    void theTableHasMediansAndTheBridgesPart() throws IOException {
        process("1-read-bridge", 1_000_000_000, 2);
        process("1-read-nio", 500_000_000, 1);
        process("2-read-nio", 950_000_000, 1);

        FileReport.main(new String[] {directory.toString()});

        assertThat(Files.readString(directory.resolve("results.md")))
                .contains("| read | `BRIDGE` | 1024 (1024 to 1024) |  | 341 | 2.0 |\n")
                .contains("| read | `NIO` | 1563 (1078 to 2048) | 0.66 | 521 | 1.0 |\n");
    }

    @Test
    void aPartOfNineTenthsIsEnough() throws IOException {
        process("1-write-bridge", 1_000_000_000, 1);
        process("1-write-spring_channel", 950_000_000, 1);

        FileReport.main(new String[] {directory.toString()});

        assertThat(Files.readString(directory.resolve("results.md"))).contains("| **0.95** | 359 | 1.0 |\n");
    }

    /** Of two passes, the first of which warmed up. */
    private void process(String name, long nanos, long peakMib) throws IOException {
        Files.createDirectories(directory.resolve("raw"));
        String bytes = "\t" + (1 << 30) + "\t";
        Files.writeString(
                directory.resolve("raw").resolve(name + ".tsv"),
                "pass\tbytes\tnanos\tpeak-reserved-bytes\n"
                        + "0" + bytes + 3 * nanos + "\t" + (peakMib << 20) + "\n"
                        + "1" + bytes + nanos + "\t" + (peakMib << 20) + "\n");
    }
}
