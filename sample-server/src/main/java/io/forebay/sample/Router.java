package io.forebay.sample;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.timeout.ReadTimeoutException;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Finds the route by path and method: 400 for a path that cannot be read, 404 for one that nobody serves, 405 for a method
 * its path does not have. What a route refuses is answered here, unless its answer has begun.
 */
final class Router implements Route {
    private final List<Entry> entries;

    Router(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * One row of the table.
     *
     * @param method the only method of this path; {@code GET} also answers {@code HEAD}
     * @param path compared whole; its named segments are the request's parameters
     * @param description for people
     * @param route answers
     */
    record Entry(HttpMethod method, PathTemplate path, String description, Route route) {
        Entry(HttpMethod method, String path, String description, Route route) {
            this(method, PathTemplate.of(path), description, route);
        }

        boolean takes(HttpMethod asked) {
            return asked.equals(method) || (asked.equals(HttpMethod.HEAD) && method.equals(HttpMethod.GET));
        }

        String allowed() {
            return method.equals(HttpMethod.GET) ? "GET, HEAD" : method.name();
        }
    }

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return Flux.defer(() -> dispatch(pathOf(request), request, response))
                .onErrorResume(Refusal.class, refusal -> refuse(response, refusal))
                .onErrorResume(ReadTimeoutException.class, silent -> giveUp(response, silent));
    }

    /** Reactor Netty reads it when it is asked for, and throws where it cannot. */
    private static String pathOf(HttpServerRequest request) {
        try {
            return request.fullPath();
        } catch (IllegalArgumentException malformed) {
            throw Refusal.badRequest("the path cannot be read: " + request.uri()
                    + " (a '%' without two hexadecimal digits behind it, or a character that has to be escaped?)");
        }
    }

    private Publisher<Void> dispatch(String path, HttpServerRequest request, HttpServerResponse response) {
        for (Entry entry : entries) {
            Map<String, String> names = entry.path().match(path);
            if (names != null) {
                return answer(entry, request.paramsResolver(uri -> names), response);
            }
        }
        return Answers.text(
                response, HttpResponseStatus.NOT_FOUND, "nothing here: " + path + " (see / for what there is)");
    }

    private static Publisher<Void> answer(Entry entry, HttpServerRequest request, HttpServerResponse response) {
        if (entry.takes(request.method())) {
            return entry.route().apply(request, response);
        }
        response.header(HttpHeaderNames.ALLOW, entry.allowed());
        return Answers.text(
                response,
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                entry.path() + " takes " + entry.method() + ", not " + request.method());
    }

    /** Without a text: the connection is closed as soon as this returns, and what is written later is lost. */
    private static Publisher<Void> giveUp(HttpServerResponse response, ReadTimeoutException silent) {
        return response.hasSentHeaders()
                ? Mono.error(silent)
                : response.status(HttpResponseStatus.REQUEST_TIMEOUT)
                        .header(HttpHeaderNames.CONTENT_LENGTH, "0")
                        .send();
    }

    private static Mono<Void> refuse(HttpServerResponse response, Refusal refusal) {
        return response.hasSentHeaders() ? Mono.error(refusal) : refusal.answer(response);
    }
}
