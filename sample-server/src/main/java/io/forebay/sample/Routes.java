package io.forebay.sample;

import io.forebay.sample.Router.Entry;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of everything the server answers. */
final class Routes {
    private Routes() {}

    static Route of(Services services) {
        List<Entry> entries = Stream.of(bodies(), tenants(services.tenants()), views(services))
                .flatMap(List::stream)
                .toList();
        Entry index = get("/", "this list", FixedRoute.plain(listing(entries)));
        Router router =
                new Router(Stream.concat(Stream.of(index), entries.stream()).toList());
        return new CountedRoute(router, services.requests());
    }

    private static List<Entry> bodies() {
        return List.of(
                post("/echo", "sends the body back", new EchoRoute()),
                post("/upload", "?max=BYTES answers the length and SHA-256 of the body", new UploadRoute()),
                get("/download", "?bytes=N sends N bytes", new DownloadRoute()),
                post("/lines", "?max=BYTES numbers the lines of the body, as cat -n does", new LinesRoute()),
                post(
                        "/frames",
                        "?max=BYTES reverses each frame: four bytes of length, the highest first, and as many bytes",
                        new FramesRoute()));
    }

    private static List<Entry> tenants(Tenants tenants) {
        return List.of(
                post(
                        "/tenants/{name}/hold",
                        "?bytes=N&millis=T&wait=T holds N bytes of the tenant's memory for a while; 503 if there is none",
                        new HoldRoute(tenants)),
                post(
                        "/tenants/{name}/echo",
                        "?wait=T sends the body back, collected in the tenant's memory; 503 if there is none",
                        new CollectRoute(tenants)));
    }

    private static List<Entry> views(Services services) {
        return List.of(
                get("/live", "memory, budgets and leaks, as they change", FixedRoute.html("live.html")),
                get("/events", "what /live shows, as server-sent events", new EventsRoute(services.live())),
                get("/dump", "the allocator's whole state, as text", new DumpRoute(services.memory()::dump)),
                get(
                        "/metrics",
                        "meters, as Prometheus text or OpenMetrics",
                        new MetricsRoute(services.meters()::scrape)));
    }

    private static Entry get(String path, String description, Route route) {
        return new Entry(HttpMethod.GET, path, description, route);
    }

    private static Entry post(String path, String description, Route route) {
        return new Entry(HttpMethod.POST, path, description, route);
    }

    private static String listing(List<Entry> entries) {
        return entries.stream()
                .map(entry -> "%-5s%-21s %s".formatted(entry.method(), entry.path(), entry.description()))
                .collect(Collectors.joining("\n"));
    }
}
