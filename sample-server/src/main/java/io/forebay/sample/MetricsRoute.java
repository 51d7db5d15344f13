package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.ACCEPT;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The meters in the exposition format that the request accepts: Prometheus text unless it names OpenMetrics.
 *
 * @param scrape from a content type to the meters in it
 */
record MetricsRoute(UnaryOperator<String> scrape) implements Route {
    static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /** Reads off the event loop: some meters open files of the system. */
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        String contentType = acceptedBy(request.requestHeaders());
        Mono<String> page = Mono.fromSupplier(() -> scrape.apply(contentType));
        return Answers.later(response, contentType, page.subscribeOn(Schedulers.boundedElastic()));
    }

    private static String acceptedBy(HttpHeaders headers) {
        return headers.getAll(ACCEPT).stream().anyMatch(accept -> accept.contains("application/openmetrics-text"))
                ? OPEN_METRICS
                : TEXT;
    }
}
