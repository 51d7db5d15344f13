package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Sends as many bytes of {@link TestPattern} as the query asks for. */
final class DownloadRoute implements Route {
    static final long MAX_BYTES = 1L << 40;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        List<String> values = new QueryStringDecoder(request.uri()).parameters().getOrDefault("bytes", List.of());
        if (values.size() != 1) {
            return Answers.badRequest(response, "give bytes once, as in /download?bytes=1024: bytes=" + values);
        }
        String requestedBytes = values.get(0);
        long bytes;
        try {
            bytes = Long.parseLong(requestedBytes);
        } catch (NumberFormatException e) {
            return Answers.badRequest(response, "bytes is not a whole number: bytes=" + requestedBytes);
        }
        if (bytes < 0 || bytes > MAX_BYTES) {
            return Answers.badRequest(response, "bytes must be from 0 to " + MAX_BYTES + ": bytes=" + bytes);
        }
        return response.header(CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
                .header(CONTENT_LENGTH, Long.toString(bytes))
                .send(new RequestOnLoop<>(TestPattern.stream(response.alloc(), bytes), loopOf(request)));
    }

    private static EventLoop loopOf(HttpServerRequest request) {
        AtomicReference<EventLoop> loop = new AtomicReference<>();
        request.withConnection(connection -> loop.set(connection.channel().eventLoop()));
        return Objects.requireNonNull(loop.get());
    }
}
