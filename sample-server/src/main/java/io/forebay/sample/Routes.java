package io.forebay.sample;

import io.forebay.sample.Router.Entry;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of everything the server answers. */
final class Routes {
    private Routes() {}

    static Router of(Meters meters) {
        List<Entry> entries = List.of(
                new Entry(HttpMethod.POST, "/echo", "sends the body back", new EchoRoute()),
                new Entry(HttpMethod.POST, "/upload", "answers the length and SHA-256 of the body", new UploadRoute()),
                new Entry(HttpMethod.GET, "/download", "?bytes=N sends N bytes", new DownloadRoute()),
                new Entry(
                        HttpMethod.GET,
                        "/metrics",
                        "meters, as Prometheus text or OpenMetrics",
                        new MetricsRoute(meters::scrape)));
        Entry index = new Entry(HttpMethod.GET, "/", "this list", new IndexRoute(listing(entries)));
        return new Router(Stream.concat(Stream.of(index), entries.stream()).toList());
    }

    private static String listing(List<Entry> entries) {
        return entries.stream()
                .map(entry -> "%-5s%-10s %s".formatted(entry.method(), entry.path(), entry.description()))
                .collect(Collectors.joining("\n"));
    }
}
