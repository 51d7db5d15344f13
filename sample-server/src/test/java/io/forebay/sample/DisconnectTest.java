package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Clients that leave in the middle; each test ends with every buffer back before the server is stopped. */
final class DisconnectTest {
    private static final String ENDLESS = "/download?bytes=" + DownloadRoute.MAX_BYTES;

    /** After this a sender is held up, and not by chance; if it was, the test sees less. */
    private static final Duration STANDSTILL = Duration.ofMillis(500);

    private final TestServer server = TestServer.start();

    @AfterEach
    void everyBufferIsBackWhileTheServerStillRuns() {
        try {
            server.awaitNothingInUse();
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDownloadIsCancelledByItsReader(Way way) {
        readSome(server.client(way).get().uri(ENDLESS).responseContent());
    }

    @ParameterizedTest
    @EnumSource
    void anEchoIsCancelledByItsReader(Way way) {
        readSome(server.client(way).post().uri("/echo").send(endless()).responseContent());
    }

    @ParameterizedTest
    @EnumSource
    void numberedLinesAreCancelledByTheirReader(Way way) {
        readSome(server.client(way).post().uri("/lines").send(endlessLines()).responseContent());
    }

    @ParameterizedTest
    @EnumSource
    void framesAreCancelledByTheirReader(Way way) {
        readSome(server.client(way).post().uri("/frames").send(endlessFrames()).responseContent());
    }

    @ParameterizedTest
    @EnumSource
    void anUploadIsAbandonedByItsSender(Way way) throws InterruptedException {
        CountDownLatch flowing = new CountDownLatch(200);
        Disposable upload = server.client(way)
                .post()
                .uri("/upload")
                .send(endless().doOnNext(piece -> flowing.countDown()))
                .response()
                .onErrorComplete()
                .subscribe();
        assertThat(flowing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        upload.dispose();
    }

    @ParameterizedTest
    @EnumSource
    void anEchoWhoseSenderFailsIsEnded(Way way) {
        Publisher<ByteBuf> failing = endless().take(1_000).concatWith(Flux.error(new IOException("sender failed")));
        server.client(way)
                .post()
                .uri("/echo")
                .send(failing)
                .responseContent()
                .onErrorComplete()
                .blockLast(PATIENCE);
    }

    @Test
    void aReaderThatStopsReadingResetsTheConnection() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET " + ENDLESS + " HTTP/1.1\r\nHost: test\r\n\r\n");
            assertThat(socket.getInputStream().read()).isEqualTo('H'); // the answer has begun
            resetOnClose(socket);
        }
    }

    /** It is held up once all is full on the way; how much that takes depends on the system. */
    @Test
    void aSenderThatReadsNoEchoResetsTheConnection() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger before = new AtomicInteger();
        CompletableFuture<Void> sending;
        try (Socket socket = connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n");
            sending = CompletableFuture.runAsync(() -> sendPieces(socket, sent));
            await().during(STANDSTILL)
                    .atMost(PATIENCE)
                    .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
            resetOnClose(socket);
        }
        assertThat(sending).failsWithin(PATIENCE);
    }

    private static void sendPieces(Socket socket, AtomicInteger sent) {
        byte[] piece = new byte[1 << 14];
        try {
            while (true) {
                socket.getOutputStream().write(piece);
                sent.incrementAndGet();
            }
        } catch (IOException closed) {
            throw new UncheckedIOException(closed);
        }
    }

    @Test
    void aConnectionEndsInTheMiddleOfAHeader() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "POST /echo HTTP/1.1\r\nHost: te");
            resetOnClose(socket);
        }
    }

    @Test
    void aTlsPortIsSpokenToInClearText() throws IOException {
        try (RawClient client = RawClient.connect(Way.HTTP11, server.tlsAddress())) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
            assertThat(client.endsWithin(PATIENCE)).isTrue(); // if some of it was not read yet, with a reset
        }
    }

    private static void readSome(Flux<ByteBuf> body) {
        Long read = body.map(ByteBuf::readableBytes).take(50).count().block(PATIENCE);
        assertThat(read).isEqualTo(50);
    }

    private static Flux<ByteBuf> endless() {
        return Bytes.pattern(DownloadRoute.MAX_BYTES)
                .subscribeOn(Schedulers.boundedElastic()); // on the loop it would never let go of it
    }

    private static Flux<ByteBuf> endlessLines() {
        return Flux.<ByteBuf>generate(
                        sink -> sink.next(Unpooled.copiedBuffer("a line of text\n".repeat(100), US_ASCII)))
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static Flux<ByteBuf> endlessFrames() {
        return Flux.<ByteBuf>generate(
                        sink -> sink.next(Unpooled.buffer().writeInt(5_000).writeZero(5_000)))
                .subscribeOn(Schedulers.boundedElastic());
    }

    private Socket connect() throws IOException {
        return TestServer.connectTo(server.plainAddress());
    }

    private static void send(Socket socket, String head) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(head.getBytes(US_ASCII));
        out.flush();
    }

    private static void resetOnClose(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
    }
}
