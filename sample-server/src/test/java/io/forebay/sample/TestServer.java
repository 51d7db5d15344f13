package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.netty.ForebayAllocator;
import io.forebay.netty.ForebayMetric;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** A server in this process on free ports, with clients for every way in; closing it checks the ledger and the budgets. */
final class TestServer implements AutoCloseable {
    /** What a tenant may hold; two may at once, but not three. */
    static final long TENANT_BYTES = 1 << 20;

    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final Pattern LEDGER =
            Pattern.compile("ledger: created=(\\d+) destroyed=(\\d+) in-use=(\\d+) leaked=(\\d+)");

    private final ForebayMemory memory;
    private final Services services;
    private final ConnectionProvider connections = ConnectionProvider.create("test");
    private final RunningServer server;

    private TestServer(
            Duration grace, Timeouts timeouts, long maxMemory, long tenantBytes, Function<Services, Route> route) {
        ServerOptions options = new ServerOptions(
                AllocatorKind.FOREBAY, "127.0.0.1", 0, true, 0, grace, maxMemory, tenantBytes, 2 * tenantBytes);
        memory = new ForebayMemory(
                ForebayAllocator.builder().maxMemory(maxMemory).build());
        services = Services.open(options, memory);
        server = RunningServer.start(options, timeouts, memory, route.apply(services));
    }

    private TestServer(Duration grace, long maxMemory, long tenantBytes, Function<Services, Route> route) {
        this(grace, Timeouts.DEFAULT, maxMemory, tenantBytes, route);
    }

    /** With the routes of the real one. */
    static TestServer start() {
        return start(GRACE);
    }

    /** The same, with something done to each request before. */
    static TestServer start(UnaryOperator<Route> before) {
        return new TestServer(GRACE, Long.MAX_VALUE, TENANT_BYTES, services -> before.apply(Routes.of(services)));
    }

    /** For clients that are not silent for longer. */
    static TestServer start(Timeouts timeouts) {
        return new TestServer(GRACE, timeouts, Long.MAX_VALUE, TENANT_BYTES, Routes::of);
    }

    static TestServer start(Duration grace) {
        return new TestServer(grace, Long.MAX_VALUE, TENANT_BYTES, Routes::of);
    }

    /** With an allocator that holds no more, and tenants that may all the same. */
    static TestServer limitedTo(long maxMemory) {
        return limitedTo(maxMemory, UnaryOperator.identity());
    }

    /** The same, with something done to each request before. */
    static TestServer limitedTo(long maxMemory, UnaryOperator<Route> before) {
        return new TestServer(GRACE, maxMemory, maxMemory, services -> before.apply(Routes.of(services)));
    }

    /** With one route for everything. */
    static TestServer answering(Duration grace, Route route) {
        return new TestServer(grace, Long.MAX_VALUE, TENANT_BYTES, services -> route);
    }

    /** With one route for everything, which a test may tell to go on, on a slow machine late: a stop waits for that. */
    static TestServer answering(Route route) {
        return answering(PATIENCE, route);
    }

    ForebayAllocator allocator() {
        return memory.forebay();
    }

    Services services() {
        return services;
    }

    InetSocketAddress address(Way way) {
        return server.addresses().get(way.tls() ? 1 : 0);
    }

    InetSocketAddress plainAddress() {
        return address(Way.HTTP11);
    }

    InetSocketAddress tlsAddress() {
        return address(Way.TLS_HTTP11);
    }

    /** Returns once neither port takes connections any more. */
    void awaitRefusal() {
        for (InetSocketAddress address : server.addresses()) {
            await().atMost(PATIENCE).until(() -> refuses(address));
        }
    }

    /** Returns once every buffer is back and no budget is used or waited for, while the server runs. */
    void awaitNothingInUse() {
        awaitNothingOfTenants();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(buffersInUse()).as("buffers in use").isZero());
    }

    private void awaitNothingOfTenants() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(services.tenants().all().waiting()).as("waiting").isZero();
            assertThat(services.tenants().all().used()).as("bytes of tenants").isZero();
        });
    }

    private long buffersInUse() {
        ForebayMetric metric = allocator().metric();
        return metric.direct().inUse() + metric.heap().inUse();
    }

    static Socket connectTo(InetSocketAddress address) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    /** Reads up to the empty line, and no further. */
    static String head(Socket client) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = client.getInputStream().read();
            assertThat(read).as("after %s", head).isNotNegative();
            head.append((char) read);
        }
        return head.toString();
    }

    private static boolean refuses(InetSocketAddress address) {
        try (Socket accepted = connectTo(address)) {
            return !accepted.isConnected();
        } catch (IOException refused) {
            return true;
        }
    }

    HttpClient client(Way way) {
        HttpClient client = HttpClient.create(connections)
                .host("127.0.0.1")
                .port(address(way).getPort())
                .responseTimeout(PATIENCE);
        return way.configure(client);
    }

    /** Stops while clients are still connected. */
    void stop() {
        services.endStreams();
        server.stop();
        services.close();
        memory.close(PATIENCE); // on a slow machine its end may take longer than a server waits
        Matcher ledger = LEDGER.matcher(memory.ledger());
        assertThat(ledger.matches()).as(memory.ledger()).isTrue();
        assertThat(ledger.group(1)).as(memory.ledger()).isEqualTo(ledger.group(2));
        assertThat(ledger.group(3)).as("in use").isEqualTo("0");
        assertThat(ledger.group(4)).as("leaked").isEqualTo("0");
        awaitNothingOfTenants(); // a budget is told after its buffer has gone
    }

    @Override
    public void close() {
        stop();
        connections.disposeLater().block(PATIENCE);
    }
}
