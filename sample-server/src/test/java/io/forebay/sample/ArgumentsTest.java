package io.forebay.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArgumentsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<ServerOptions> started = new ArrayList<>();

    @Test
    void withoutArgumentsTheDefaultsHold() {
        assertThat(run()).isZero();
        assertThat(started)
                .containsExactly(new ServerOptions(
                        AllocatorKind.FOREBAY,
                        "127.0.0.1",
                        8080,
                        true,
                        8443,
                        Duration.ofSeconds(5),
                        Long.MAX_VALUE,
                        8 << 20,
                        32 << 20));
    }

    @Test
    void everyOptionIsTaken() {
        run(
                "--allocator",
                "adaptive",
                "--host=0.0.0.0",
                "--port",
                "0",
                "--tls-port=1",
                "--no-tls",
                "--grace",
                "0",
                "--tenant-memory=64k",
                "--tenants-cap=1g");
        assertThat(started)
                .containsExactly(new ServerOptions(
                        AllocatorKind.ADAPTIVE,
                        "0.0.0.0",
                        0,
                        false,
                        1,
                        Duration.ZERO,
                        Long.MAX_VALUE,
                        64 << 10,
                        1 << 30));
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "16k, 16384", "16m, 16777216", "2G, 2147483648"})
    void memoryHasUnits(String given, long bytes) {
        run("--max-memory", given);
        assertThat(started).singleElement().extracting(ServerOptions::maxMemory).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"1m, 4194304", "9223372036854775807, 9223372036854775807"})
    void theTenantsCapFollowsATenantsMemory(String tenant, long cap) {
        run("--tenant-memory", tenant);
        assertThat(started)
                .singleElement()
                .extracting(ServerOptions::tenantsCap)
                .isEqualTo(cap);
    }

    @Test
    void theTenantsCapIsAtLeastWhatOneTenantMayHave() {
        assertThat(run("--tenant-memory=2m", "--tenants-cap=1m")).isEqualTo(2);
        assertThat(complaints()).contains("tenants-cap=1048576", "tenant-memory=2097152");
    }

    @Test
    void onlyForebayHasALimitOfItsOwn() {
        assertThat(run("--allocator=pooled", "--max-memory=16m")).isEqualTo(2);
        assertThat(complaints()).contains("max-memory=16777216").contains("pooled");
    }

    @Test
    void withAFreePortTlsTakesAFreePortToo() {
        run("--port", "0");
        assertThat(started).singleElement().extracting(ServerOptions::tlsPort).isEqualTo(0);
    }

    @ParameterizedTest
    @CsvSource({
        "--allocator, jemalloc",
        "--port, eighty",
        "--port, 65536",
        "--port, -1",
        "--tls-port, 70000",
        "--grace, -3",
        "--grace, soon",
        "--max-memory, 0",
        "--max-memory, 16q",
        "--max-memory, 99999999999g",
        "--tenant-memory, 0",
        "--tenant-memory, lots",
        "--tenants-cap, 1.5m",
    })
    void aBadValueIsNamedAndEndsWithStatusTwo(String option, String value) {
        assertThat(run(option + "=" + value)).isEqualTo(2);
        assertThat(complaints()).contains(option.substring(2)).contains(value);
        assertThat(started).isEmpty();
        assertThat(answers()).isEmpty();
    }

    @Test
    void anUnknownOptionIsNamedAndEndsWithStatusTwo() {
        assertThat(run("--prot=80")).isEqualTo(2);
        assertThat(complaints()).contains("--prot=80");
    }

    @Test
    void helpListsTheOptionsAndStartsNothing() {
        assertThat(run("--help")).isZero();
        assertThat(answers())
                .contains("--allocator", "--host", "--port", "--tls-port", "--no-tls", "--grace", "forebay, adaptive")
                .contains("--max-memory", "--tenant-memory", "--tenants-cap");
        assertThat(started).isEmpty();
    }

    @Test
    void versionIsPrintedAndStartsNothing() {
        assertThat(run("--version")).isZero();
        assertThat(answers()).startsWith("forebay-sample-server ");
        assertThat(started).isEmpty();
    }

    @Test
    void aServerThatCannotStartSaysWhyInOneLine() {
        int status = Arguments.run(console(), options -> {
            throw new IllegalStateException("the port is taken");
        });
        assertThat(status).isEqualTo(1);
        assertThat(complaints()).isEqualTo("cannot start: the port is taken" + System.lineSeparator());
    }

    private int run(String... arguments) {
        return Arguments.run(console(), started::add, arguments);
    }

    private Console console() {
        return new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String answers() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complaints() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
