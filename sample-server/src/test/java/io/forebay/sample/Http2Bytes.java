package io.forebay.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** What a client of HTTP/2 sends, byte by byte. */
final class Http2Bytes {
    /** As the length of a body: there is none. */
    static final int NO_BODY = -1;

    private static final int WINDOW = 1 << 22; // more than a test reads

    private final ByteArrayOutputStream out;

    Http2Bytes(ByteArrayOutputStream out) {
        this.out = out;
    }

    /** The beginning of a connection; it lets the server send as much as it likes. */
    void preface() {
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
        byte[] initialWindow =
                ByteBuffer.allocate(6).putShort((short) 4).putInt(WINDOW).array();
        frame(/* SETTINGS */ 4, 0, 0, initialWindow);
        frame(/* WINDOW_UPDATE */ 8, 0, 0, ByteBuffer.allocate(4).putInt(WINDOW).array());
    }

    /** HPACK without a table of its own and without Huffman's code; the request ends here if it has no byte to follow. */
    void headers(Way way, int stream, String method, String path, int bodyBytes) {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        headers.write(method.equals("GET") ? 0x82 : 0x83);
        headers.write(way.tls() ? 0x87 : 0x86);
        literal(headers, path, /* :path */ 0x04);
        literal(headers, "test", /* :authority */ 0x01);
        if (bodyBytes != NO_BODY) {
            literal(headers, Integer.toString(bodyBytes), /* content-length, 28 */ 0x0f, 0x0d);
        }
        int endStream = bodyBytes <= 0 ? 1 : 0;
        frame(/* HEADERS */ 1, /* END_HEADERS */ 4 | endStream, stream, headers.toByteArray());
    }

    private static void literal(ByteArrayOutputStream headers, String value, int... name) {
        for (int part : name) {
            headers.write(part);
        }
        headers.write(value.length());
        headers.writeBytes(value.getBytes(US_ASCII));
    }

    void data(int stream, byte[] data, boolean last) {
        frame(/* DATA */ 0, last ? /* END_STREAM */ 1 : 0, stream, data);
    }

    void cancel(int stream) {
        frame(/* RST_STREAM */ 3, 0, stream, new byte[] {0, 0, 0, /* CANCEL */ 8});
    }

    private void frame(int type, int flags, int stream, byte[] payload) {
        out.writeBytes(ByteBuffer.allocate(9)
                .putInt((payload.length << 8) | type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        out.writeBytes(payload);
    }
}
