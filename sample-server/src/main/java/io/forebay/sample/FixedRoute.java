package io.forebay.sample;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers the same text always.
 *
 * @param contentType of the text
 * @param text the whole page
 */
record FixedRoute(String contentType, String text) implements Route {
    static FixedRoute plain(String text) {
        return new FixedRoute(Answers.PLAIN_TEXT, text + "\n");
    }

    /** @param resource a file beside this class */
    static FixedRoute html(String resource) {
        try (InputStream in = FixedRoute.class.getResourceAsStream(resource)) {
            byte[] page = Objects.requireNonNull(in, resource).readAllBytes();
            return new FixedRoute("text/html; charset=utf-8", new String(page, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(resource + " cannot be read (the jar damaged?)", unreadable);
        }
    }

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return Answers.text(response, contentType, text);
    }
}
