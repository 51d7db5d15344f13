package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Paths as libraries do not let their clients send them. */
final class UnreadablePathTest {
    /** In HPACK's table, at the beginning of the headers of stream 1. */
    private static final String HTTP2_BAD_REQUEST = "\0\0\0\1\u008c";

    private final TestServer server = TestServer.start();

    @AfterEach
    void stopWithACleanLedger() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void aPathThatCannotBeReadIsRefusedByName(Way way) throws IOException {
        for (String uri : List.of("/tenants/50%/hold?bytes=1", "/a|b")) {
            try (RawClient client = RawClient.connect(way, server.address(way))) {
                byte[] request = requestFor(way, uri);
                client.send(request, 0, request.length);
                assertThat(client.readUntil("to be escaped?)", PATIENCE))
                        .contains(
                                way.http2() ? HTTP2_BAD_REQUEST : "HTTP/1.1 400 ",
                                "the path cannot be read: " + uri + " (a '%' without two hexadecimal digits");
            }
        }
    }

    private static byte[] requestFor(Way way, String uri) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (way.http2()) {
            Http2Bytes http2 = new Http2Bytes(out);
            http2.preface();
            http2.headers(way, 1, "GET", uri, Http2Bytes.NO_BODY);
        } else {
            out.writeBytes(("GET " + uri + " HTTP/1.1\r\nHost: test\r\n\r\n").getBytes(US_ASCII));
        }
        return out.toByteArray();
    }
}
