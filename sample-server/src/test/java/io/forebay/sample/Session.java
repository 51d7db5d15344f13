package io.forebay.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** The bytes of a client that asks for one thing after another, valid as far as it gets: HTTP/1.1 or HTTP/2. */
final class Session {
    private static final int MOST_EXCHANGES = 3;

    /** What a server of HTTP/2 takes on one connection before it says that it takes more. */
    private static final int HTTP2_WINDOW = 65_535;

    private static final int MOST_BODY = HTTP2_WINDOW / MOST_EXCHANGES;

    private final SplittableRandom random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Http2Bytes http2 = new Http2Bytes(out);

    private Session(SplittableRandom random) {
        this.random = random;
    }

    static byte[] random(Way way, SplittableRandom random) {
        Session session = new Session(random);
        boolean http2 = way == Way.H2C || way == Way.TLS_H2;
        if (http2) {
            session.http2.preface();
        }
        for (int exchange = 0; exchange <= random.nextInt(MOST_EXCHANGES); exchange++) {
            if (http2) {
                session.http2Exchange(way, 1 + 2 * exchange);
            } else {
                session.http11Exchange();
            }
        }
        return session.out.toByteArray();
    }

    private static final class Ask {
        private final String method;
        private final String path;
        private final byte[] body;

        Ask(String method, String path, byte[] body) {
            this.method = method;
            this.path = path;
            this.body = body;
        }
    }

    private Ask ask() {
        String tenant = "/tenants/t" + random.nextInt(3);
        return switch (random.nextInt(10)) {
            case 0 -> post("/echo", bytes());
            case 1 -> post("/upload", bytes());
            case 2 -> get("/download?bytes=" + random.nextInt(10_000_000));
            case 3 -> post("/lines", lines());
            case 4 -> post("/frames", frames());
            case 5 -> post("/frames", bytes()); // not frames
            case 6 -> post(tenant + "/hold?bytes=" + (1 + random.nextInt(700_000)) + "&millis=20", new byte[0]);
            case 7 -> post(tenant + "/echo?wait=50", bytes());
            case 8 -> get("/events");
            default -> get("/metrics");
        };
    }

    private static Ask get(String path) {
        return new Ask("GET", path, new byte[0]);
    }

    private static Ask post(String path, byte[] body) {
        return new Ask("POST", path, body);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(MOST_BODY)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] lines() {
        return "some text that is a line\r\n"
                .repeat(random.nextInt(MOST_BODY / 26))
                .getBytes(US_ASCII);
    }

    private byte[] frames() {
        ByteBuffer frames = ByteBuffer.allocate(MOST_BODY);
        while (frames.remaining() > Integer.BYTES && random.nextInt(20) > 0) {
            int length = random.nextInt(frames.remaining() - Integer.BYTES);
            frames.putInt(length).position(frames.position() + length);
        }
        byte[] bytes = new byte[frames.position()];
        frames.flip().get(bytes);
        return bytes;
    }

    private void http11Exchange() {
        Ask ask = ask();
        boolean chunked = random.nextBoolean() && ask.method.equals("POST");
        ascii(ask.method + ' ' + ask.path + " HTTP/1.1\r\nHost: test\r\n");
        ascii(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: " + ask.body.length + "\r\n\r\n");
        if (!chunked) {
            out.writeBytes(ask.body);
            return;
        }
        int from = 0;
        while (from < ask.body.length) {
            int length = Math.min(ask.body.length - from, 1 + random.nextInt(5_000));
            ascii(Integer.toHexString(length) + "\r\n");
            out.write(ask.body, from, length);
            ascii("\r\n");
            from += length;
        }
        ascii("0\r\n\r\n");
    }

    private void http2Exchange(Way way, int stream) {
        Ask ask = ask();
        int length = ask.method.equals("POST") ? ask.body.length : Http2Bytes.NO_BODY;
        http2.headers(way, stream, ask.method, ask.path, length);
        int from = 0;
        while (from < ask.body.length) {
            if (random.nextInt(20) == 0) {
                http2.cancel(stream);
                return;
            }
            byte[] data = new byte[Math.min(ask.body.length - from, 1 + random.nextInt(10_000))];
            System.arraycopy(ask.body, from, data, 0, data.length);
            from += data.length;
            http2.data(stream, data, from == ask.body.length);
        }
    }

    private void ascii(String text) {
        out.writeBytes(text.getBytes(US_ASCII));
    }
}
