package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over HTTP/1.1 in clear text that ask to be answered over HTTP/2 (RFC 7540, 3.2), with a body. */
final class Http2UpgradeTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int END_STREAM = 1;
    /** {@code :status 200} in HPACK's static table, as one byte (RFC 7541, appendix A and 6.1). */
    private static final int STATUS_200 = 0x88;

    private final TestServer server = TestServer.start();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    /**
     * As Java's own client does with every request in clear text. The answers are short: one of some reads is misread
     * now and then by that client (one of a hundred on 17, of 250 on 25), which takes bytes of the body for a frame's
     * head.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void javasClientIsAnsweredOverHttp2(int bytes) throws IOException, InterruptedException {
        byte[] body = body(bytes);
        URI echo = URI.create("http://127.0.0.1:" + server.plainAddress().getPort() + "/echo");
        HttpRequest request = HttpRequest.newBuilder(echo)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .timeout(PATIENCE)
                .build();
        HttpResponse<byte[]> answer = answer(request);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.body()).isEqualTo(body);
    }

    /** Asks again where it was misread, which of short ones hardly any are. */
    private static HttpResponse<byte[]> answer(HttpRequest request) throws IOException, InterruptedException {
        for (int misread = 0; ; misread++) {
            try {
                return HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .build()
                        .send(request, HttpResponse.BodyHandlers.ofByteArray());
            } catch (ProtocolException asServerOrClientHasIt) {
                if (misread == 2) {
                    throw asServerOrClientHasIt;
                }
            }
        }
    }

    /** The longest answer fits the window that a client has before it says anything of its own. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5, 16_384, 16_385, 60_000})
    void theAnswerFollowsTheUpgradeFrameByFrame(int bytes) throws IOException {
        byte[] body = body(bytes);
        try (Socket client = TestServer.connectTo(server.plainAddress())) {
            client.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream out = client.getOutputStream();
            out.write(head(bytes).getBytes(US_ASCII));
            out.write(body);
            assertThat(TestServer.head(client)).startsWith("HTTP/1.1 101 ");
            assertThat(answer(new DataInputStream(client.getInputStream()))).isEqualTo(body);
        }
    }

    private static String head(int bytes) {
        return "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
                + "http2-settings: AAMAAABk\r\ncontent-length: " + bytes + "\r\n\r\n";
    }

    /** The data of stream 1, whose request was the one that asked. */
    private static byte[] answer(DataInputStream in) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        int flags = 0;
        while ((flags & END_STREAM) == 0) {
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            int read = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = in.readNBytes(length);
            assertThat(payload).hasSize(length);
            if (stream == 1) {
                flags = read;
                assertThat(type).isBetween(DATA, HEADERS);
                if (type == DATA) {
                    data.writeBytes(payload);
                } else {
                    assertThat(payload[0] & 0xff).isEqualTo(STATUS_200);
                }
            } else {
                assertThat(stream).isZero();
            }
        }
        return data.toByteArray();
    }

    private static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(body);
        return body;
    }
}
