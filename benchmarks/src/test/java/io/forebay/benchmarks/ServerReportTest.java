package io.forebay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

@SuppressWarnings("InlineFormatString") // the outputs of the tools are long and read better apart
class ServerReportTest {
    private static final String WRK = """
            $ wrk -t1 -c64 -d1s http://127.0.0.1:1/echo
              25557 requests in 1.00s, 26.93MB read
            Requests/sec:  %s
            Transfer/sec:     26.90MB
            """;
    private static final String H2LOAD = """
            $ h2load -t1 -c16 -m16 -D1 --rps=%s http://127.0.0.1:1/download?bytes=16384
            finished in 2.01s, 200.00 req/s, 3.13MB/s
            requests: 400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout
            status codes: 400 2xx, 0 3xx, 0 4xx, 0 5xx
            """;

    private static final String METRICS = """
            jvm_buffer_memory_used_bytes{id="direct"} 860447.0
            netty_allocator_memory_used{id="1",memory_type="direct"} %d.048576E6
            netty_allocator_memory_used{id="1",memory_type="heap"} 0.0
            """;

    @TempDir
    private Path run;

    @Test
    void theTableHasMediansAndTheRatioToEachPeerInTheSameRound() throws Exception {
        server("1-forebay", "3000.0", 100);
        server("2-forebay", "1000.0", 100);
        server("3-forebay", "2000.0", 100);
        server("1-adaptive", "1000.0", 200);
        server("2-adaptive", "4000.0", 200);
        server("1-pooled", "800.0", 400);

        ServerReport.main(new String[] {run.toString()});

        assertThat(read("results.md"))
                .contains(
                        "| measure | load | FOREBAY | ADAPTIVE | POOLED | Forebay to ADAPTIVE | Forebay to POOLED |\n")
                .contains("| throughput, requests/s | echo-1KiB | 2000 (1000 to 3000) | 2500 (1000 to 4000) | 800 "
                        + "| 1.63 (0.25 to 3.00) | 3.75 |\n")
                .contains("| p99, ms | download | 0.250 (0.250 to 0.250) | 0.250 (0.250 to 0.250) | 0.250 "
                        + "| 1.00 (1.00 to 1.00) | 1.00 |\n")
                .contains("| resident memory, MiB | loaded | 100 (100 to 100) | 200 (200 to 200) | 400 "
                        + "| 2.00 (2.00 to 2.00) | 4.00 |\n")
                .contains("| resident memory, MiB | peak | 101 (101 to 101) | 201 (201 to 201) | 401 "
                        + "| 1.99 (1.99 to 1.99) | 3.97 |\n")
                .contains("| held by the allocator, MiB | idle | 1.00 (1.00 to 1.00) | 1.95 (1.95 to 1.95) | 3.86 "
                        + "| 1.95 (1.95 to 1.95) | 3.86 |\n")
                .doesNotContain("Not fit");
    }

    @Test
    void theSummaryKeepsEachRound() throws Exception {
        server("1-forebay", "3000.5", 100);
        server("2-forebay", "1000.5", 100);
        server("1-pooled", "1000.25", 100);

        ServerReport.main(new String[] {run.toString()});

        JsonNode throughput =
                new ObjectMapper().readTree(read("summary.json")).path("rows").path(0);
        assertThat(throughput.path("measure").asText()).isEqualTo("throughput");
        assertThat(throughput.path("FOREBAY").path("median").asDouble()).isEqualTo(2000.5);
        assertThat(throughput.path("FOREBAY").path("rounds")).hasSize(2);
        assertThat(throughput.path("forebayToBestPeer").asDouble()).isCloseTo(3, within(0.001));
    }

    @Test
    void theBestPeerIsTheOneThatForebayComparesWorstWith() throws Exception {
        server("1-forebay", "2000.0", 100);
        server("1-adaptive", "1000.0", 100);
        server("1-pooled", "4000.0", 100);

        ServerReport.main(new String[] {run.toString()});

        JsonNode throughput =
                new ObjectMapper().readTree(read("summary.json")).path("rows").path(0);
        assertThat(throughput.path("forebayToBestPeer").asDouble()).isEqualTo(0.5);
    }

    @Test
    void aSecondServerOfAnAllocatorIsComparedWithTheFirst() throws Exception {
        server("1-forebay", "2000.0", 100);
        server("1-adaptive", "1000.0", 200);
        server("1-adaptive-again", "1100.0", 100);
        server("2-adaptive", "1000.0", 200);
        server("2-adaptive-again", "900.0", 400);

        ServerReport.main(new String[] {run.toString()});

        assertThat(read("results.md"))
                .contains("\"ADAPTIVE to itself\" compares a second server")
                .contains(
                        "| measure | load | FOREBAY | ADAPTIVE | Forebay to ADAPTIVE | ADAPTIVE to itself |\n|---|---|---:|---:|---:|---:|\n")
                .contains(
                        "| throughput, requests/s | echo-1KiB | 2000 | 1000 (1000 to 1000) | 2.00 | 1.00 (0.90 to 1.10) |\n")
                .contains("| resident memory, MiB | loaded | 100 | 200 (200 to 200) | 2.00 | 1.25 (0.50 to 2.00) |\n");
        JsonNode throughput =
                new ObjectMapper().readTree(read("summary.json")).path("rows").path(0);
        assertThat(throughput.path("ADAPTIVE_AGAIN").path("rounds")).hasSize(2);
        assertThat(throughput.path("forebayToBestPeer").asDouble()).isEqualTo(2);
    }

    @Test
    void theTurnsOfALoadAreTakenTogether() throws IOException {
        String took = "the server took %s s of a processor\n";
        server("1-forebay", "3000.0", 100);
        Files.writeString(
                run.resolve("raw/1-forebay/throughput-echo-1KiB.txt"),
                WRK.formatted("1000.0") + took.formatted("0.50") + WRK.formatted("3000.0") + took.formatted("1.50"));

        ServerReport.main(new String[] {run.toString()});

        assertThat(read("results.md"))
                .contains("| throughput, requests/s | echo-1KiB | 2000 |\n")
                .contains("| processor time, us/request | echo-1KiB | 39.1 |\n"); // 2 s for 51,114 requests
    }

    @Test
    void whatFailedInOneTurnIsReported() throws IOException {
        server("1-forebay", "3000.0", 100);
        Files.writeString(
                run.resolve("raw/1-forebay/throughput-echo-1KiB.txt"),
                WRK.formatted("1000.0") + WRK.formatted("3000.0\n  Non-2xx or 3xx responses: 7"));

        assertThatThrownBy(() -> ServerReport.main(new String[] {run.toString()}))
                .hasMessageContaining("1-forebay, throughput of echo-1KiB: 7 requests failed");
    }

    @Test
    void theChartIsXmlWithABarPerContestantAndMeasure() throws Exception {
        server("1-forebay", "3000.0", 100);
        server("1-pooled", "1000.0", 100);

        ServerReport.main(new String[] {run.toString()});

        var chart = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(read("server.svg"))));
        int background = 1;
        int legend = 2;
        int rows = 6; // throughput, p99, p99.9, memory loaded and at its peak, and what the allocator holds
        assertThat(chart.getDocumentElement().getTextContent())
                .contains("p99, ms")
                .contains("p99.9, ms");
        assertThat(chart.getElementsByTagName("rect").getLength()).isEqualTo(background + legend + 2 * rows);
    }

    @Test
    void quantilesAreTimesThatOccurred() throws IOException {
        Path tsv = Files.writeString(
                run.resolve("micros.tsv"),
                "requests\tstatus\tmicros\n50\t200\t1000\n48\t200\t2000\n1\t200\t3000\n1\t200\t9000\n");

        LatencyCounts counts = LatencyCounts.read(tsv);

        assertThat(counts.quantileMillis(0.5)).isEqualTo(1);
        assertThat(counts.quantileMillis(0.99)).isEqualTo(3);
        assertThat(counts.quantileMillis(0.999)).isEqualTo(9);
    }

    @Test
    void failedRequestsAreReportedOnceAllIsWritten() throws IOException {
        server("1-forebay", "3000.0\n  Non-2xx or 3xx responses: 7", 100);

        assertThatThrownBy(() -> ServerReport.main(new String[] {run.toString()}))
                .hasMessageContaining("1-forebay, throughput of echo-1KiB: 7 requests failed");
        assertThat(read("results.md")).contains("Not fit for publication:\n\n- 1-forebay");
    }

    @Test
    void aLoadThatFellBehindIsReported() throws IOException {
        server("1-forebay", "3000.0", 100);
        Files.writeString(run.resolve("raw/1-forebay/latency-download.h2load.txt"), H2LOAD.formatted("25.0"));

        assertThatThrownBy(() -> ServerReport.main(new String[] {run.toString()}))
                .hasMessageContaining("latency of download: 200 requests/s of 400 asked");
    }

    @Test
    void aLeakIsReported() throws IOException {
        server("1-pooled", "3000.0", 100);
        Files.writeString(run.resolve("raw/1-pooled/server.txt"), "ERROR LEAK: ByteBuf.release() was not called\n");

        assertThatThrownBy(() -> ServerReport.main(new String[] {run.toString()}))
                .hasMessageContaining("1-pooled: the server reports a leak");
    }

    @Test
    void requestsThatH2loadCouldNotEndAreFailures() {
        String text = """
                requests: 9 total, 9 started, 9 done, 4 succeeded, 5 failed, 2 errored, 0 timeout
                status codes: 4 2xx, 0 3xx, 3 4xx, 0 5xx
                """;

        assertThat(new LoadOutput(text).failures()).isEqualTo(5);
    }

    private void server(String name, String requestsPerSecond, int residentMib) throws IOException {
        Path directory = Files.createDirectories(run.resolve("raw").resolve(name));
        Files.writeString(directory.resolve("throughput-echo-1KiB.txt"), WRK.formatted(requestsPerSecond));
        Files.writeString(directory.resolve("latency-download.h2load.txt"), H2LOAD.formatted("12.5"));
        Files.writeString(
                directory.resolve("latency-download.micros.tsv"), "requests\tstatus\tmicros\n400\t200\t250\n");
        Files.writeString(
                directory.resolve("resident-kib.tsv"),
                "loaded\tVmHWM\t" + (residentMib + 1) * 1024 + "\nloaded\tVmRSS\t" + residentMib * 1024 + "\n");
        Files.writeString(directory.resolve("metrics-idle.txt"), METRICS.formatted(residentMib / 100));
        Files.writeString(directory.resolve("server.txt"), "listening on http://127.0.0.1:1\n");
    }

    private String read(String name) throws IOException {
        return Files.readString(run.resolve(name));
    }
}
