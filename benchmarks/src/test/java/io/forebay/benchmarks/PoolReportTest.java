package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolReportTest {
    private static final List<String> GO = List.of(
            "go version go1.19.8 linux/amd64",
            "BenchmarkPoolGetPut     \t97011638\t        10.0 ns/op\t       0 B/op\t       0 allocs/op",
            "BenchmarkPoolGetPut     \t97011638\t        12.0 ns/op\t       0 B/op\t       0 allocs/op",
            "BenchmarkPoolOverflow-2 \t 2006590\t       1000 ns/op\t       2 B/op\t       0 allocs/op",
            "PASS");

    private static final String COUNTED = """
            [ { "params" : { "pool" : "RECYCLER" },
                "secondaryMetrics" : { "created" : { "score" : %d.0 }, "got" : { "score" : %d.0 } } } ]
            """;

    private static Measurement measured(String benchmark, String pool, double nanos) {
        return new Measurement(
                benchmark,
                "avgt",
                1,
                Map.of("pool", pool),
                nanos,
                List.of(nanos),
                Double.NaN,
                "ns/op",
                Map.of(),
                Double.NaN);
    }

    @Test
    void aRowIsAPoolAndStandsBesideGo() {
        String table = PoolReport.markdown(
                List.of(
                        measured("PoolGetPutBenchmark.putGet-1-threads", "FOREBAY_OWNED", 2.2),
                        measured("PoolOverflowBenchmark.overflow-2-threads", "FOREBAY_OWNED", 4),
                        measured("PoolGetPutBenchmark.putGet-1-threads", "STORMPOT", 55)),
                GO);

        assertThat(table).isEqualTo("""
                | ns per operation (over Go's) | GetPut, 1 threads | Overflow, 2 threads |
                |---|---:|---:|
                | Go `sync.Pool` | 11.0 (1.00) | 10.0 (1.00) |
                | `FOREBAY_OWNED` | 2.20 (0.20) | 4.00 (0.40) |
                | `STORMPOT` | 55.0 (5.00) |  |
                """);
    }

    @Test
    void whatGoWasNotAskedStandsAlone() {
        String table = PoolReport.markdown(
                List.of(
                        measured("PoolGetPutBenchmark.putGet-virtual-threads", "FOREBAY_STRIPED", 20),
                        measured("AllocateReleaseBenchmark.allocateRelease", "FOREBAY_STRIPED", 9)),
                GO);

        assertThat(table).contains("| `FOREBAY_STRIPED` |  | 20.0 |  |\n").contains("GetPut, virtual threads");
    }

    @Test
    void missesAreThoseOfAllRoundsAndStandBesideGos(@TempDir Path run) throws IOException {
        Path first = Files.writeString(run.resolve("PoolExpensiveNewBenchmark.json"), COUNTED.formatted(3, 1000));
        Path second =
                Files.writeString(run.resolve("PoolExpensiveNewBenchmark.round2.json"), COUNTED.formatted(1, 3000));

        assertThat(
                        PoolMisses.markdown(
                                List.of(first, second),
                                List.of(
                                        "BenchmarkPoolExpensiveNew \t 10\t 9 ns/op\t 2.0 collections/op\t 0.02000 misses/get",
                                        "BenchmarkPoolExpensiveNew \t 10\t 9 ns/op\t 2.0 collections/op\t 0.03000 misses/get",
                                        "BenchmarkPoolExpensiveNew-2 \t 10\t 9 ns/op\t 2.0 collections/op\t 0.5000 misses/get")))
                .isEqualTo("""

                        | items dear to make, amid garbage | misses per get |
                        |---|---:|
                        | Go `sync.Pool`, on 1 | 0.02500 |
                        | Go `sync.Pool`, on 2 | 0.50000 |
                        | `RECYCLER` | 0.00100 |
                        """);
    }

    @Test
    void whereNothingWasCountedNoTableIs() throws IOException {
        assertThat(PoolMisses.markdown(List.of(), GO)).isEmpty();
        assertThat(PoolReport.pauses(GO)).isEmpty();
    }

    @Test
    void gosPausesAreGivenAsTheyAre() {
        String line = "BenchmarkPoolPause/idle=0-2 \t 10\t 99 ns/op\t 41 p50-ns/pause";

        assertThat(PoolReport.pauses(List.of("PASS", line))).contains("\n```\n" + line + "\n```\n");
    }

    @Test
    void itNeedsARun() {
        assertThatThrownBy(() -> PoolReport.main(new String[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("directory of a run");
    }
}
