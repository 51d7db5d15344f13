package io.forebay.sample;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A connection that sends and reads bytes of any sort, and can vanish at any moment. */
final class RawClient implements AutoCloseable {
    private static final SSLContext TLS = trustingAll();

    private final Socket tcp;
    private final Socket socket; // the same, or TLS over it

    private RawClient(Socket tcp, Socket socket) {
        this.tcp = tcp;
        this.socket = socket;
    }

    static RawClient connect(Way way, InetSocketAddress address) throws IOException {
        Socket tcp = TestServer.connectTo(address);
        tcp.setTcpNoDelay(true);
        if (!way.tls()) {
            return new RawClient(tcp, tcp);
        }
        SSLSocket tls = (SSLSocket) TLS.getSocketFactory()
                .createSocket(tcp, address.getHostString(), address.getPort(), /* autoClose= */ true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {way == Way.TLS_H2 ? "h2" : "http/1.1"});
        tls.setSSLParameters(parameters);
        return new RawClient(tcp, tls);
    }

    void send(String ascii) throws IOException {
        byte[] bytes = ascii.getBytes(US_ASCII);
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int to) throws IOException {
        socket.getOutputStream().write(bytes, from, to - from);
        socket.getOutputStream().flush();
    }

    /** Reads until so many bytes are there, or none come for that long. */
    void read(int bytes, int patienceMillis) throws IOException {
        socket.setSoTimeout(patienceMillis);
        byte[] buffer = new byte[8_192];
        int left = bytes;
        while (left > 0) {
            int read = socket.getInputStream().read(buffer, 0, Math.min(left, buffer.length));
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    /** Reads until that has come, the end, or none for that long; returns all of it, a character for each byte. */
    String readUntil(String last, Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        StringBuilder all = new StringBuilder();
        try {
            int read = 0;
            while (read >= 0 && all.indexOf(last) < 0) {
                read = socket.getInputStream().read();
                all.append((char) read);
            }
        } catch (SocketTimeoutException silent) {
            // what has come is all there is
        }
        return all.toString();
    }

    /** Reads to the end, unless none comes for that long; a character for each byte. */
    String readAll(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }

    /** Reads whatever comes; returns whether the server ended the connection, in good order or not. */
    boolean endsWithin(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        byte[] buffer = new byte[8_192];
        try {
            int read;
            do {
                read = socket.getInputStream().read(buffer);
            } while (read >= 0);
            return true;
        } catch (SocketTimeoutException goesOn) {
            return false;
        } catch (SocketException | SSLException reset) {
            return true;
        }
    }

    /** The connection is reset when it is closed, and not ended in good order. */
    void resetOnClose() throws IOException {
        tcp.setSoLinger(true, 0);
    }

    /** Closes the connection below TLS, which gets no chance to say so. */
    @Override
    public void close() throws IOException {
        tcp.close();
    }

    private static SSLContext trustingAll() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // all are
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // all are
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
