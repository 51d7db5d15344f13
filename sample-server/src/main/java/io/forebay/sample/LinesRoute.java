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
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Numbers the lines of the body as {@code cat -n} does, while they come. Lines are never copied: each goes out as it lies
 * in the memory it was read into, between its number and a line feed.
 */
final class LinesRoute implements Route {
    static final int DEFAULT_MAX = 64 * 1024;
    static final int LARGEST_MAX = 1024 * 1024;

    private static final int NUMBER_WIDTH = 6;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        int max = (int) Query.of(request, "max").number("max", DEFAULT_MAX, 1, LARGEST_MAX);
        response.header(HttpHeaderNames.CONTENT_TYPE, Answers.PLAIN_TEXT);
        return Pools.window(response, max) // for its scope: lines stay in the memory they came in
                .scoped(scope -> Answers.stream(
                        response,
                        Bodies.in(scope, request)
                                .transform(ByteFlux.lines(max))
                                .index((index, line) -> numbered(scope, index + 1, line))
                                .onErrorMap(ByteLimitExceededException.class, LinesRoute::tooLong)));
    }

    private static Lease numbered(LeaseScope scope, long number, Lease line) {
        return scope.adopt(Unpooled.wrappedBuffer(ascii(prefix(number)), line.detach(), ascii("\n")));
    }

    static String prefix(long number) {
        String digits = Long.toString(number);
        return " ".repeat(Math.max(0, NUMBER_WIDTH - digits.length())) + digits + '\t';
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(US_ASCII));
    }

    private static Refusal tooLong(ByteLimitExceededException limit) {
        return Refusal.tooLarge("a line is longer than max=" + limit.limitBytes() + " bytes: seen=" + limit.seenBytes()
                + "; give a larger max, up to " + LARGEST_MAX + " (or is the body no text in lines?)");
    }
}
