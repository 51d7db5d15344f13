package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.util.NetUtil;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.http.client.HttpClient;

/** The program as a process of its own. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class SampleServerTest {
    private static final int EXIT_BY_SIGTERM = 143;
    private static final String LISTENING = "listening on ";

    private @Nullable Process process;

    @AfterEach
    void leaveNoProcessBehind() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Test
    void aTerminatedServerEndsWithACleanLedger() throws IOException, InterruptedException {
        List<String> lines = runAndTerminate("forebay");
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).matches("listening on http://127\\.0\\.0\\.1:\\d+");
        assertThat(lines.get(1)).matches("listening on https://127\\.0\\.0\\.1:\\d+");
        assertThat(lines.get(2)).matches("ledger: created=([1-9]\\d*) destroyed=\\1 in-use=0 leaked=0");
    }

    @ParameterizedTest
    @CsvSource({"adaptive", "pooled"})
    void nettysAllocatorsKeepNoLedger(String allocator) throws IOException, InterruptedException {
        assertThat(runAndTerminate(allocator)).last().isEqualTo("ledger: not kept by " + allocator);
    }

    @Test
    void aTakenPortEndsTheProgramWithAReason() throws IOException, InterruptedException {
        Process first = start("--port=0", "--no-tls");
        try (BufferedReader out = first.inputReader()) {
            String url = urlIn(out.readLine());
            Process second = start("--no-tls", "--port=" + url.substring(url.lastIndexOf(':') + 1));
            try (BufferedReader complaints = second.errorReader()) {
                assertThat(complaints.lines())
                        .last(as(STRING))
                        .startsWith("cannot start: ")
                        .contains("127.0.0.1");
                assertThat(second.waitFor()).isEqualTo(1);
            } finally {
                second.destroyForcibly();
            }
        } finally {
            first.destroyForcibly();
        }
    }

    @Test
    void anAddressOfIpv6IsPrintedAsAUrl() throws IOException, InterruptedException {
        assumeTrue(hasIpv6(), "IPv6 on this machine");
        Process running = start("--port=0", "--no-tls", "--host=::1");
        process = running;
        try (BufferedReader out = running.inputReader()) {
            String url = urlIn(out.readLine());
            assertThat(url).matches("http://\\[::1]:\\d+");
            download(url);
        }
    }

    private static boolean hasIpv6() {
        try (ServerSocket any = new ServerSocket(0, 1, NetUtil.LOCALHOST6)) {
            return any.isBound();
        } catch (IOException none) {
            return false;
        }
    }

    @Test
    void aServerWithoutGraceSaysNothingOfExchangesItDidNotHave() throws IOException, InterruptedException {
        Process running = start("--port=0", "--no-tls", "--grace=0");
        process = running;
        try (BufferedReader out = running.inputReader();
                BufferedReader complaints = running.errorReader()) {
            downloadToTheEnd(URI.create(urlIn(out.readLine())));
            running.toHandle().destroy();
            assertThat(out.lines()).last(as(STRING)).endsWith("in-use=0 leaked=0");
            assertThat(complaints.lines()).noneMatch(line -> line.contains("cut off"));
        }
    }

    private List<String> runAndTerminate(String allocator) throws IOException, InterruptedException {
        Process running = start("--port=0", "--allocator=" + allocator);
        process = running;
        List<String> lines = new ArrayList<>();
        try (BufferedReader out = running.inputReader()) {
            lines.add(out.readLine());
            lines.add(out.readLine());
            download(urlIn(lines.get(0)));
            running.toHandle().destroy(); // as Process.destroy() does, but leaves the streams open
            out.lines().forEach(lines::add);
        }
        assertThat(running.waitFor()).isEqualTo(EXIT_BY_SIGTERM);
        return lines;
    }

    private static void download(String url) {
        assertThat(Fingerprint.of(HttpClient.newConnection()
                                .get()
                                .uri(url + "/download?bytes=1000000")
                                .responseContent())
                        .bytes())
                .isEqualTo(1_000_000);
    }

    /**
     * Returns once the server is done with it, which it is a moment after the last byte has come: what follows on the
     * connection, and is no request, it answers by then, without an exchange.
     */
    private static void downloadToTheEnd(URI url) throws IOException {
        InetSocketAddress address = new InetSocketAddress(url.getHost(), url.getPort());
        try (RawClient client = RawClient.connect(Way.HTTP11, address)) {
            client.send("GET /download?bytes=1000000 HTTP/1.1\r\nHost: test\r\n\r\n");
            assertThat(client.readUntil("\r\n\r\n", PATIENCE)).contains("content-length: 1000000\r\n");
            client.read(1_000_000, (int) PATIENCE.toMillis());
            client.send("no request\r\n\r\n");
            assertThat(client.readAll(PATIENCE)).startsWith("HTTP/1.1 400 ");
        }
    }

    private static String urlIn(@Nullable String line) {
        if (line == null || !line.startsWith(LISTENING)) {
            throw new AssertionError("not where it listens: " + line);
        }
        return line.substring(LISTENING.length());
    }

    private static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SampleServer.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }
}
