package io.forebay.sample;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.forebay.reactor.Leases;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.netty.http.server.HttpServerResponse;

/** The forms an answer takes: a text, a text that is not known yet, and pieces that come one after the other. */
final class Answers {
    static final String PLAIN_TEXT = HttpHeaderValues.TEXT_PLAIN + "; charset=utf-8";

    private Answers() {}

    static Mono<Void> text(HttpServerResponse response, HttpResponseStatus status, String text) {
        return text(response.status(status), PLAIN_TEXT, text + "\n");
    }

    /**
     * A text in memory of the heap, which nobody has to release. It goes out as a {@code Flux}: Reactor Netty sends a
     * {@code Mono} in another way, which can lose its buffer if the value comes after the client has gone.
     */
    static Mono<Void> text(HttpServerResponse response, CharSequence contentType, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        response.header(CONTENT_TYPE, contentType).header(CONTENT_LENGTH, Integer.toString(bytes.length));
        return isHead(response)
                ? response.send().then()
                : response.send(Flux.just(Unpooled.wrappedBuffer(bytes))).then();
    }

    /** An answer that takes time to make; nothing of it, not even its head, is sent before. */
    static Mono<Void> later(HttpServerResponse response, CharSequence contentType, Mono<String> text) {
        return text.flatMap(made -> text(response, contentType, made));
    }

    /**
     * Pieces as they come. The head waits for the first one, so that a failure before it still has a status of its own; a
     * later one cuts the answer off. Who asks for the head alone gets it at once, and no piece is made.
     *
     * @param pieces of a {@link LeaseScope}: {@code switchOnFirst} forgets the first one if the client goes before the
     *     head is out
     */
    static Flux<Void> stream(HttpServerResponse response, Flux<Lease> pieces) {
        if (isHead(response)) {
            return Flux.from(response.send());
        }
        return pieces.switchOnFirst((first, all) -> begin(response, first, all));
    }

    private static boolean isHead(HttpServerResponse response) {
        return HttpMethod.HEAD.equals(response.method());
    }

    private static Publisher<Void> begin(HttpServerResponse response, Signal<?> first, Flux<Lease> all) {
        Throwable failure = first.getThrowable();
        return failure == null ? response.send(all.transform(Leases.detach())) : Mono.error(failure);
    }
}
