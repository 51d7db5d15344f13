package io.forebay.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Asks a server for more than it may hold, and counts what became of each request. Half of the clients have a tenant hold
 * memory, more in all than there is; half ask for a download and read it late, so that the server makes as much of it as it
 * lets a connection have and is left with that; beside them some echo and hope for a quick answer. Over HTTP/2 each client has
 * a connection of its own, so that one that is closed cuts off one request. Needs nothing but the server's jar, so
 * that a script can run it, too.
 */
final class Overload {
    /** What became of a request. */
    enum Fate {
        /** All of it came, and it was right. */
        WHOLE,
        /** The server said that it cannot: a status from 500 on. */
        REFUSED,
        /** The connection ended before the answer did. */
        CUT,
        /** Another answer than was due. */
        WRONG,
        /** No answer within the patience of a client, or nobody there. */
        UNANSWERED
    }

    private static final int ECHOING = 4;
    private static final int ECHO_BYTES = 64 << 10;
    private static final int HELD_BYTES = 1 << 20;
    private static final int HELD_MILLIS = 500;
    private static final int SMALL_BYTES = 1024;
    private static final int RECEIVE_BUFFER_BYTES =
            16 << 10; // or the client's system would hold what the server should
    private static final int WINDOW_BYTES = 64 << 10; // likewise, over HTTP/2
    private static final Duration READ_AFTER = Duration.ofMillis(500);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1); // where nobody answers
    private static final Duration PATIENCE = Duration.ofSeconds(60); // a machine may be slow for half of that

    private final URI server;
    private final Version version;
    private final byte[] download;
    private final HttpClient afterwards;
    private final int clients;
    private final Map<Fate, Long> fates = new ConcurrentHashMap<>();

    /**
     * Clients of a server.
     *
     * @param version what they speak
     * @param clients the server holds 1 MiB for half of them, and a window of 256 KiB for the others
     * @param downloadBytes more than what lies between client and server can take in
     */
    Overload(URI server, Version version, int clients, int downloadBytes) {
        this.server = server;
        this.version = version;
        this.clients = clients;
        afterwards = newClient(ConnectionProvider.newConnection());
        download = pattern(downloadBytes);
    }

    /**
     * Takes the server's URL, the version of HTTP as the JDK names it, the seconds, the number of clients and the bytes of a
     * download; ends with status 1 if the server failed.
     */
    @SuppressWarnings("SystemOut") // that is what it is for
    public static void main(String[] args) throws Exception {
        if (args.length != 5) {
            throw new IllegalArgumentException(
                    "usage: Overload <url> HTTP_1_1|HTTP_2 <seconds> <clients> <bytes of a download>");
        }
        Overload load = new Overload(
                URI.create(args[0]), Version.valueOf(args[1]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        try {
            load.run(Duration.ofSeconds(Long.parseLong(args[2])));
        } finally {
            for (Fate fate : Fate.values()) {
                System.out.println(fate + "\t" + load.count(fate));
            }
        }
        boolean serves = load.servesAgain();
        System.out.println("SERVES_AGAIN\t" + serves);
        System.exit(serves && load.count(Fate.WRONG) + load.count(Fate.UNANSWERED) == 0 ? 0 : 1);
    }

    /**
     * Netty's: the JDK's waits for ever for a body whose connection ended right after the head, as none of its time limits
     * counts then. It would not tell of a connection that ended if it tried again.
     */
    private HttpClient newClient(ConnectionProvider connections) {
        HttpClient client = HttpClient.create(connections)
                .disableRetry(true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) PATIENCE.toMillis());
        return version == Version.HTTP_2
                ? client.protocol(HttpProtocol.H2C).http2Settings(settings -> settings.initialWindowSize(WINDOW_BYTES))
                : client;
    }

    private static byte[] pattern(int bytes) {
        ByteBuf whole = Unpooled.buffer(bytes);
        for (int position = 0; position < bytes; position += TestPattern.PIECE_BYTES) {
            TestPattern.write(whole, position, Math.min(TestPattern.PIECE_BYTES, bytes - position));
        }
        return ByteBufUtil.getBytes(whole);
    }

    /** How many requests ended so, by now. */
    long count(Fate fate) {
        return fates.getOrDefault(fate, 0L);
    }

    /** How many requests the server did not meet. */
    long failures() {
        return count(Fate.REFUSED) + count(Fate.CUT);
    }

    /** Loads the server for that long, and returns once every request has ended. */
    void run(Duration duration) throws InterruptedException, ExecutionException {
        long endNanos = System.nanoTime() + duration.toNanos();
        List<Callable<Long>> tasks = new ArrayList<>();
        int holding = clients / 2;
        tasks.addAll(Collections.nCopies(holding, () -> repeat(endNanos, this::hold)));
        Exchange readLate = version == Version.HTTP_2 ? this::readStreamLate : client -> readLate();
        tasks.addAll(Collections.nCopies(clients - holding, () -> repeat(endNanos, readLate)));
        tasks.addAll(Collections.nCopies(ECHOING, () -> repeat(endNanos, this::echo)));
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            long most = duration.plus(PATIENCE.multipliedBy(3)).toSeconds();
            for (Future<Long> ended : threads.invokeAll(tasks, most, TimeUnit.SECONDS)) {
                ended.get(); // throws for a client that waits on
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** The same again and again, five times at most, until some failed: a slow machine brings a server to its limit later. */
    void runUntilSomeFail(Duration duration) throws InterruptedException, ExecutionException {
        for (int times = 0; times < 5 && failures() == 0; times++) {
            run(duration);
        }
    }

    private interface Exchange {
        Fate with(HttpClient client) throws IOException, InterruptedException;
    }

    /** Returns how often. On a connection of its own, as HTTP/2 would share one. */
    private long repeat(long endNanos, Exchange exchange) throws InterruptedException {
        ConnectionProvider connection = ConnectionProvider.create("client", 1);
        HttpClient client = newClient(connection);
        long requests = 0;
        try {
            do {
                Fate fate = fateOf(() -> exchange.with(client));
                fates.merge(fate, 1L, Long::sum);
                requests++;
                if (fate == Fate.UNANSWERED) {
                    Thread.sleep(RETRY_AFTER.toMillis());
                }
            } while (System.nanoTime() - endNanos < 0);
        } finally {
            connection.dispose();
        }
        return requests;
    }

    private static Fate fateOf(Callable<Fate> request) {
        try {
            return request.call();
        } catch (SocketTimeoutException | HttpTimeoutException | ConnectException nobody) {
            return Fate.UNANSWERED;
        } catch (IOException ended) {
            return Fate.CUT;
        } catch (Exception unforeseen) {
            throw new IllegalStateException(unforeseen);
        }
    }

    private static <T> T ask(HttpClient.ResponseReceiver<?> request, BiFunction<Integer, ByteBufFlux, Mono<T>> answered)
            throws IOException {
        try {
            return Objects.requireNonNull(request.response(
                            (answer, body) -> answered.apply(answer.status().code(), body))
                    .next()
                    .timeout(PATIENCE)
                    .block());
        } catch (RuntimeException ended) {
            Throwable cause = Exceptions.unwrap(ended);
            if (cause instanceof TimeoutException) {
                throw new HttpTimeoutException(cause.getMessage());
            }
            throw cause instanceof ConnectException nobody ? nobody : new IOException(cause);
        }
    }

    private Fate hold(HttpClient client) throws IOException {
        String path =
                "/tenants/load/hold?bytes=" + HELD_BYTES + "&millis=" + HELD_MILLIS + "&wait=" + PATIENCE.toMillis();
        return ask(
                client.post().uri(server.resolve(path)),
                (status, body) -> body.aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .map(text -> fateOf(status, text.contains("\"held\":" + HELD_BYTES))));
    }

    private static Fate fateOf(int status, boolean right) {
        return status >= 500 ? Fate.REFUSED : status == 200 && right ? Fate.WHOLE : Fate.WRONG;
    }

    private Fate readLate() throws IOException, InterruptedException {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES); // before it connects, as the window is agreed on then
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), (int) PATIENCE.toMillis());
            String head = "GET /download?bytes=" + download.length + " HTTP/1.1\r\nHost: test\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(US_ASCII));
            Thread.sleep(READ_AFTER.toMillis());
            InputStream in = socket.getInputStream();
            String status = status(in);
            if (!status.contains(" 200 ")) {
                return status.matches("HTTP/1.1 5.*") ? Fate.REFUSED : status.isEmpty() ? Fate.CUT : Fate.WRONG;
            }
            return compared(in);
        }
    }

    private Fate readStreamLate(HttpClient client) throws IOException {
        return ask(
                client.get().uri(server.resolve("/download?bytes=" + download.length)),
                (status, body) -> status == 200
                        ? body.asByteArray()
                                .delaySubscription(READ_AFTER)
                                .reduce(0, this::matched)
                                .map(end -> end == download.length ? Fate.WHOLE : end < 0 ? Fate.WRONG : Fate.CUT)
                        : Mono.just(fateOf(status, false)));
    }

    /** How much has come, all of it right: -1 if it was not. */
    private int matched(int position, byte[] piece) {
        int end = position + piece.length;
        boolean right = position >= 0
                && end <= download.length
                && Arrays.equals(piece, 0, piece.length, download, position, end);
        return right ? end : -1;
    }

    /** The first line of the head, which is read whole; empty if the connection ended before. */
    private static String status(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
        return head.toString(US_ASCII).lines().findFirst().orElse("");
    }

    private Fate compared(InputStream in) throws IOException {
        byte[] piece = new byte[64 << 10];
        int position = 0;
        while (position < download.length) {
            int n = in.read(piece, 0, Math.min(piece.length, download.length - position));
            if (n < 0) {
                return Fate.CUT;
            }
            if (!Arrays.equals(piece, 0, n, download, position, position + n)) {
                return Fate.WRONG;
            }
            position += n;
        }
        return Fate.WHOLE;
    }

    private Fate echo(HttpClient client) throws IOException {
        byte[] body = Arrays.copyOf(download, ECHO_BYTES);
        return ask(
                client.post().uri(server.resolve("/echo")).send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body))),
                due(body));
    }

    private Fate small(HttpClient client) throws IOException {
        return ask(
                client.get().uri(server.resolve("/download?bytes=" + SMALL_BYTES)),
                due(Arrays.copyOf(download, SMALL_BYTES)));
    }

    private static BiFunction<Integer, ByteBufFlux, Mono<Fate>> due(byte[] due) {
        return (status, body) -> body.aggregate()
                .asByteArray()
                .defaultIfEmpty(new byte[0])
                .map(bytes -> fateOf(status, Arrays.equals(bytes, due)));
    }

    /** Whether, the load over, the server meets one request after another. */
    boolean servesAgain() {
        return IntStream.range(0, 50)
                .allMatch(i ->
                        fateOf(() -> small(afterwards)) == Fate.WHOLE && fateOf(() -> echo(afterwards)) == Fate.WHOLE);
    }

    /** The sum over the tags of a meter, as the server's {@code /metrics} has it. */
    double meter(String name) throws IOException {
        String text = ask(
                afterwards.get().uri(server.resolve("/metrics")),
                (status, body) -> body.aggregate().asString().defaultIfEmpty(""));
        return text.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public String toString() {
        return Stream.of(Fate.values()).map(fate -> fate + "=" + count(fate)).collect(Collectors.joining(", "));
    }
}
