package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forebay.netty.ForebayAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** A server in this process on free ports, with clients for every way in; closing it checks the ledger. */
final class TestServer implements AutoCloseable {
    private static final Pattern LEDGER =
            Pattern.compile("ledger: created=(\\d+) destroyed=(\\d+) in-use=(\\d+) leaked=(\\d+)");

    private final ForebayMemory memory = new ForebayMemory(ForebayAllocator.create());
    private final Meters meters = new Meters(memory.meters());
    private final ConnectionProvider connections = ConnectionProvider.create("test");
    private final RunningServer server;

    private TestServer(Duration grace, Function<Meters, Route> route) {
        ServerOptions options =
                new ServerOptions(AllocatorKind.FOREBAY, "127.0.0.1", 0, true, 0, grace, Long.MAX_VALUE);
        server = RunningServer.start(options, memory, route.apply(meters));
    }

    /** With the routes of the real one. */
    static TestServer start() {
        return start(Duration.ofSeconds(5));
    }

    static TestServer start(Duration grace) {
        return new TestServer(grace, Routes::of);
    }

    /** With one route for everything. */
    static TestServer answering(Route route) {
        return new TestServer(Duration.ofSeconds(5), meters -> route);
    }

    ForebayAllocator allocator() {
        return memory.forebay();
    }

    InetSocketAddress plainAddress() {
        return server.addresses().get(0);
    }

    InetSocketAddress tlsAddress() {
        return server.addresses().get(1);
    }

    /** Returns once neither port takes connections any more. */
    void awaitRefusal() {
        for (InetSocketAddress address : server.addresses()) {
            await().atMost(PATIENCE).until(() -> refuses(address));
        }
    }

    static Socket connectTo(InetSocketAddress address) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    private static boolean refuses(InetSocketAddress address) {
        try (Socket accepted = connectTo(address)) {
            return !accepted.isConnected();
        } catch (IOException refused) {
            return true;
        }
    }

    HttpClient client(Way way) {
        InetSocketAddress address = way.tls() ? tlsAddress() : plainAddress();
        HttpClient client = HttpClient.create(connections)
                .host("127.0.0.1")
                .port(address.getPort())
                .responseTimeout(PATIENCE);
        return way.configure(client);
    }

    /** Stops while clients are still connected. */
    void stop() {
        server.stop();
        meters.close();
        Matcher ledger = LEDGER.matcher(memory.ledger());
        assertThat(ledger.matches()).as(memory.ledger()).isTrue();
        assertThat(ledger.group(1)).as("created = destroyed").isEqualTo(ledger.group(2));
        assertThat(ledger.group(3)).as("in use").isEqualTo("0");
        assertThat(ledger.group(4)).as("leaked").isEqualTo("0");
    }

    @Override
    public void close() {
        stop();
        connections.disposeLater().block(PATIENCE);
    }
}
