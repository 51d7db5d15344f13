package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.sample.Overload.Fate;
import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server at its limit keeps serving. {@code benchmarks/limit.sh} does the same for longer. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class LimitTest {
    private static final long LIMIT_BYTES = 16L << 20;
    private static final int CLIENTS = 96;
    private static final int DOWNLOAD_BYTES = 8 << 20;

    /** As many loops on every machine: each may keep idle memory from the others for a moment. */
    private static final String TWO_LOOPS = "-Dreactor.netty.ioWorkerCount=2";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void errorsComeOnlyToRequestsThatCouldNotBeMet(Version version) throws Exception {
        Path complaints = directory.resolve("complaints.txt");
        try (ServerProcess server = ServerProcess.start(
                complaints,
                List.of("-Xmx256m", TWO_LOOPS),
                "--port=0",
                "--no-tls",
                "--tenant-memory=1g",
                "--tenants-cap=1g",
                "--max-memory=" + LIMIT_BYTES)) {
            Overload load = new Overload(server.url(), version, CLIENTS, DOWNLOAD_BYTES);
            load.runUntilSomeFail(Duration.ofSeconds(4));

            assertThat(server.isAlive()).isTrue();
            assertThat(load.count(Fate.WHOLE)).as(load::toString).isPositive();
            assertThat(load.failures()).as("a load beyond the limit: %s", load).isPositive();
            assertThat(load.count(Fate.WRONG)).as(load::toString).isZero();
            assertThat(load.count(Fate.UNANSWERED)).as(load::toString).isZero();
            await().atMost(PATIENCE).ignoreExceptions().until(() -> load.meter("forebay_memory_reserved_bytes") > 0);
            // Beside them each client's one request may fail that was on its way to a connection that the server
            // closed.
            assertThat((double) load.failures())
                    .as(load::toString)
                    .isLessThanOrEqualTo(load.meter("forebay_limit_hits_total") + CLIENTS);
            assertThat(load.meter("forebay_memory_reserved_bytes")).isLessThanOrEqualTo(LIMIT_BYTES);
            assertThat(load.servesAgain()).isTrue();

            List<String> said = server.stop();
            String told = server.complaints();
            assertThat(told).doesNotContain("LEAK");
            assertThat(said)
                    .as("complaints: %s", told)
                    .last()
                    .asString()
                    .matches("ledger: created=([1-9]\\d*) destroyed=\\1 in-use=0 leaked=0");
        }
    }
}
