package io.forebay.sample;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.ByteLimitExceededException;
import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseScope;
import io.forebay.reactor.TruncatedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers each frame of the body with a frame of its bytes in reverse, while they come. A frame is its length, four bytes
 * with the highest first, and as many bytes.
 */
final class FramesRoute implements Route {
    static final int DEFAULT_MAX = 64 * 1024;
    static final int LARGEST_MAX = 4 * 1024 * 1024;

    private static final int LENGTH_BYTES = 4;

    /** While one frame is on its way to the socket, the next is made. */
    static final int FRAMES_AT_ONCE = 2;

    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        int max = (int) Query.of(request, "max").number("max", DEFAULT_MAX, 1, LARGEST_MAX);
        response.header(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM);
        return Pools.window(response, (long) FRAMES_AT_ONCE * max)
                .scoped(scope -> Answers.stream(
                        response,
                        Bodies.in(scope, request)
                                .transform(ByteFlux.lengthPrefixed(LENGTH_BYTES, max))
                                .concatMap(frame -> reversed(scope, frame), /* prefetch= */ 0)
                                .transform(ByteFlux.prependLength(LENGTH_BYTES))
                                .onErrorMap(ByteLimitExceededException.class, FramesRoute::tooLong)
                                .onErrorMap(TruncatedFrameException.class, FramesRoute::cutOff)));
    }

    private static Mono<Lease> reversed(LeaseScope scope, Lease frame) {
        int bytes = frame.buffer().readableBytes();
        return bytes == 0
                ? Mono.just(frame)
                : Pools.acquire(scope, bytes).doOnNext(memory -> reverse(frame, memory.buffer()));
    }

    private static void reverse(Lease frame, ByteBuf into) {
        try (frame) {
            ByteBuf from = frame.buffer();
            int end = from.writerIndex();
            for (; end - from.readerIndex() >= Long.BYTES; end -= Long.BYTES) {
                into.writeLong(Long.reverseBytes(from.getLong(end - Long.BYTES)));
            }
            for (; end > from.readerIndex(); end--) {
                into.writeByte(from.getByte(end - 1));
            }
        }
    }

    private static Refusal tooLong(ByteLimitExceededException limit) {
        return Refusal.tooLarge("a frame is longer than max=" + limit.limitBytes() + " bytes: length="
                + limit.seenBytes() + "; give a larger max, up to " + LARGEST_MAX
                + " (or is the length not four bytes, the highest first?)");
    }

    private static Refusal cutOff(TruncatedFrameException end) {
        return Refusal.badRequest(end.getMessage() + " (cut off, or a length that counts itself?)");
    }
}
