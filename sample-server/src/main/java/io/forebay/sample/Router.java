package io.forebay.sample;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Finds the route by path and method: 404 for a path nobody serves, 405 for a method its path does not have. */
final class Router implements Route {
    private final List<Entry> entries;

    Router(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * One row of the table.
     *
     * @param method the only method of this path
     * @param path compared whole
     * @param description for people
     * @param route answers
     */
    record Entry(HttpMethod method, String path, String description, Route route) {}

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        String path = request.fullPath();
        for (Entry entry : entries) {
            if (entry.path().equals(path)) {
                return dispatch(entry, request, response);
            }
        }
        return Answers.text(response, HttpResponseStatus.NOT_FOUND, "nothing here: " + path);
    }

    private static Publisher<Void> dispatch(Entry entry, HttpServerRequest request, HttpServerResponse response) {
        if (entry.method().equals(request.method())) {
            return entry.route().apply(request, response);
        }
        response.header(HttpHeaderNames.ALLOW, entry.method().name());
        return Answers.text(
                response,
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                entry.path() + " takes " + entry.method() + ", not " + request.method());
    }
}
