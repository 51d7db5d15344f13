package io.forebay.reactor;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;

/** A stream that counts how often it is closed, and may fail. */
@SuppressWarnings("InputStreamSlowMultibyteRead") // a few bytes
final class CountedStream extends InputStream {
    private final int bytes;
    private final int failAt;
    private final AtomicInteger closes = new AtomicInteger();
    private boolean failsToClose;
    private int at;

    CountedStream(int bytes, int failAt) {
        this.bytes = bytes;
        this.failAt = failAt;
    }

    @Override
    public int read() throws IOException {
        if (at == failAt) {
            throw new IOException("boom");
        }
        if (at == bytes) {
            return -1;
        }
        at++;
        return at & 0xff;
    }

    int closes() {
        return closes.get();
    }

    void failToClose() {
        failsToClose = true;
    }

    @Override
    public void close() throws IOException {
        closes.incrementAndGet();
        if (failsToClose) {
            throw new IOException("not closed");
        }
    }
}
