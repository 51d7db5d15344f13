package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BridgeReportTest {
    private static Measurement measured(String benchmark, String pipeline, double nanos, double garbage) {
        return measured(benchmark, Map.of("pipeline", pipeline), nanos, garbage);
    }

    private static Measurement measured(
            String benchmark, Map<String, String> parameters, double nanos, double garbage) {
        return new Measurement(
                benchmark, "avgt", 1, parameters, nanos, List.of(nanos), Double.NaN, "ns/op", Map.of(), garbage);
    }

    @Test
    void aRowIsAWayThroughTheBridgeBesideTheBestPeer() {
        String table = BridgeReport.markdown(List.of(
                measured("LinesBenchmark.lines", "FOREBAY", 300, 80.4),
                measured("LinesBenchmark.lines", "SPRING", 500, 200),
                measured("LinesBenchmark.lines", "NETTY", 400, Double.NaN),
                measured("PassThroughBenchmark.passThrough", "FOREBAY", 60, 56),
                measured("PassThroughBenchmark.passThrough", "FOREBAY_SCOPED", 90, 100),
                measured("PassThroughBenchmark.passThrough", "REACTOR", 50, 0)));

        assertThat(table).isEqualTo("""
                | question | bridge | best peer |  | bridge / best peer | bridge / best peer on Netty's allocator |
                |---|---:|---:|---|---:|---:|
                | `Lines` | 300 ns, 80 B | 400 ns | `NETTY` | **0.75** |  |
                | `PassThrough` | 60.0 ns, 56 B | 50.0 ns, 0 B | `REACTOR` | 1.20 |  |
                | `PassThrough`, scoped | 90.0 ns, 100 B | 50.0 ns, 0 B | `REACTOR` | 1.80 |  |
                """);
    }

    @Test
    void thePeerOnNettysAllocatorHasAColumnOfItsOwn() {
        List<Measurement> measurements = List.of(
                measured("LinesBenchmark.lines", onto("FOREBAY", "FOREBAY"), 300, 80),
                measured("LinesBenchmark.lines", onto("REACTOR", "FOREBAY"), 250, 200),
                measured("LinesBenchmark.lines", onto("SPRING", "FOREBAY"), 500, 200),
                measured("LinesBenchmark.lines-adaptive", onto("FOREBAY", "ADAPTIVE"), 1, 0),
                measured("LinesBenchmark.lines-adaptive", onto("SPRING", "ADAPTIVE"), 400, 200));

        assertThat(BridgeReport.markdown(measurements))
                .endsWith(":|\n| `Lines` | 300 ns, 80 B | 250 ns, 200 B | `REACTOR` | 1.20 | **0.75** |\n");
        assertThat(BridgeReport.bestPeers(measurements)).isEqualTo("LinesBenchmark.lines REACTOR\n");
    }

    private static Map<String, String> onto(String pipeline, String memory) {
        return Map.of("pipeline", pipeline, "memory", memory);
    }

    @Test
    void whoIsAskedOnceMoreIsTheBestPeerOfEachQuestion() {
        assertThat(BridgeReport.bestPeers(List.of(
                        measured("LinesBenchmark.lines", "FOREBAY", 300, 80),
                        measured("LinesBenchmark.lines", "SPRING", 500, 200),
                        measured("LinesBenchmark.lines", "NETTY", 400, 200),
                        measured("LinesOfTextBenchmark.lines", "FOREBAY", 300, 80),
                        measured("PassThroughBenchmark.passThrough", "REACTOR", 50, 0))))
                .isEqualTo("LinesBenchmark.lines NETTY\nPassThroughBenchmark.passThrough REACTOR\n");
    }

    @Test
    void whatIsNotOfTheBridgeIsLeftOut() {
        var other = new Measurement(
                "PoolGetPutBenchmark.putGet",
                "avgt",
                1,
                Map.of("pool", "FOREBAY_OWNED"),
                2,
                List.of(2.0),
                Double.NaN,
                "ns/op",
                Map.of(),
                Double.NaN);

        assertThat(BridgeReport.markdown(List.of(other, measured("LinesBenchmark.lines", "FOREBAY", 300, 80))))
                .endsWith("|---|---:|---:|---|---:|---:|\n| `Lines` | 300 ns, 80 B |  |  |  |  |\n");
    }

    @Test
    void itNeedsARun() {
        assertThatThrownBy(() -> BridgeReport.main(new String[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("directory of a run");
    }
}
