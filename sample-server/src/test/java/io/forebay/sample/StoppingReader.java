package io.forebay.sample;

import static io.forebay.sample.Patience.PATIENCE;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

/** A client that sends a body, and reads nothing of the answer until that has held it up; for what a server has on its way then. */
final class StoppingReader {
    /** After this the sender is held up by what is full on the way, and not by chance; if not, the test sees less. */
    private static final Duration STANDSTILL = Duration.ofMillis(500);

    private final AtomicLong mostInFlight = new AtomicLong();
    private final TestServer server = TestServer.start(route -> (request, response) -> {
        request.withConnection(exchange -> exchange.addHandlerLast(new WritesInFlight(mostInFlight)));
        return route.apply(request, response);
    });

    /** Whose answers in flight are counted. */
    TestServer server() {
        return server;
    }

    /** The most bytes that were on their way to a socket so far. */
    AtomicLong mostInFlight() {
        return mostInFlight;
    }

    /** Returns how many bytes the answer had in all. */
    long post(Way way, String uri, Flux<ByteBuf> body) {
        AtomicLong sent = new AtomicLong();
        AtomicLong before = new AtomicLong(-1);
        HttpClient client = server.client(way);
        Long read = client.post()
                .uri(uri)
                .send(body.doOnNext(piece -> sent.incrementAndGet()))
                .responseContent()
                .map(ByteBuf::readableBytes)
                .publishOn(Schedulers.boundedElastic(), /* prefetch= */ 1)
                .switchOnFirst((first, pieces) -> {
                    await().during(STANDSTILL).atMost(PATIENCE).until(() -> before.getAndSet(sent.get()) == sent.get());
                    return pieces;
                })
                .reduce(0L, Long::sum)
                .block(PATIENCE);
        return read == null ? 0 : read;
    }
}
