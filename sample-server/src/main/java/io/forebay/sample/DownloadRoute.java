package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.handler.codec.http.HttpHeaderValues;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Sends as many bytes of {@link TestPattern} as the query asks for. */
final class DownloadRoute implements Route {
    static final long MAX_BYTES = 1L << 40;

    /** A few times what a socket takes at once; what waits beyond that only costs memory. */
    static final long WINDOW_BYTES = 256 * 1024;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        long bytes = Query.of(request, "bytes").number("bytes", 0, MAX_BYTES);
        response.header(CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
                .header(CONTENT_LENGTH, Long.toString(bytes));
        return Bodies.skip(request)
                .thenMany(Pools.window(response, WINDOW_BYTES)
                        .scoped(scope -> Answers.stream(response, TestPattern.stream(scope, bytes))));
    }
}
