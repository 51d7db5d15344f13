package io.forebay.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.ByteLimitExceededException;
import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Numbers the lines of the body as {@code cat -n} does, while they come. Lines are not copied: each goes out as it lies in
 * the memory it was read into, between its number and a line feed. These are direct memory, too, as a transport copies what is
 * not direct throughout, and releases it then; {@code limitRateBytes} counts what has not been released, and so sees to it that
 * little is on its way to the socket, however long the lines, and however slow their reader.
 */
final class LinesRoute implements Route {
    static final int DEFAULT_MAX = 64 * 1024;
    static final int LARGEST_MAX = 1024 * 1024;

    /** Of lines on their way to the socket, but for the last, which may go beyond. */
    static final int WINDOW_BYTES = 256 * 1024;

    private static final int NUMBER_WIDTH = 6;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        int max = (int) Query.of(request, "max").number("max", DEFAULT_MAX, 1, LARGEST_MAX);
        response.header(HttpHeaderNames.CONTENT_TYPE, Answers.PLAIN_TEXT);
        return Pools.unlimited(response) // for the numbers: lines stay in the memory they came in
                .scoped(scope -> Answers.stream(
                        response,
                        Bodies.in(scope, request)
                                .transform(ByteFlux.lines(max))
                                .index()
                                .concatMap(line -> numbered(scope, line.getT1() + 1, line.getT2()), /* prefetch= */ 0)
                                .transform(ByteFlux.limitRateBytes(WINDOW_BYTES, Pools.loop(response)))
                                .onErrorMap(ByteLimitExceededException.class, LinesRoute::tooLong)));
    }

    private static Mono<Lease> numbered(LeaseScope scope, long number, Lease line) {
        String prefix = prefix(number);
        return Pools.acquire(scope, prefix.length() + 1).map(marks -> {
            marks.buffer().writeCharSequence(prefix + '\n', US_ASCII);
            ByteBuf text = line.detach();
            ByteBuf after = marks.detach();
            ByteBuf before = after.readRetainedSlice(prefix.length()); // a reference that no lease has
            return scope.adopt(Unpooled.wrappedBuffer(before, text, after));
        });
    }

    static String prefix(long number) {
        String digits = Long.toString(number);
        return " ".repeat(Math.max(0, NUMBER_WIDTH - digits.length())) + digits + '\t';
    }

    private static Refusal tooLong(ByteLimitExceededException limit) {
        return Refusal.tooLarge("a line is longer than max=" + limit.limitBytes() + " bytes: seen=" + limit.seenBytes()
                + "; give a larger max, up to " + LARGEST_MAX + " (or is the body no text in lines?)");
    }
}
