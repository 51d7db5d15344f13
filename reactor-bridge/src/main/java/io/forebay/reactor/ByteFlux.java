package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Operators on bytes that come in leases, cut anywhere: for {@link Flux#transform}, and for {@link Flux#as} where the result
 * is a {@code Mono}. Their common rules are those of {@link Leases}. Bytes are those between a buffer's reader and writer
 * index; they are not copied, except into strings and arrays, and where a piece is cut between elements and a copy costs less
 * than a composite of its parts: up to 256 bytes, or up to 16 KiB in parts of 2 KiB or less on average. The copy is made by the
 * allocator of its first part; where that is at its limit, or the part is charged to a budget through a {@link
 * ReactiveBufferPool}, counted by {@link #limitRateBytes} or a composite itself, up to 256 bytes go to the heap, charged to
 * nobody, and more stay a composite.
 *
 * <p><b>What a piece keeps.</b> A slice keeps the whole memory it is of, as {@link Lease#capacityCost} says; a small piece of
 * a large buffer that is kept for long is better copied.
 *
 * <p><b>When not to use it.</b> In a Netty channel pipeline: its decoders do the same there.
 */
public final class ByteFlux {
    private ByteFlux() {}

    /**
     * Pieces of one size; only the last may be shorter.
     *
     * <p><img class="marble" src="doc-files/marbles/rechunk.svg" alt="elements of any size become pieces of one size, the last one shorter">
     *
     * <p><strong>Ownership:</strong> of each lease comes in here and goes out with the pieces made of it: slices, composites
     * of several, or small copies, for which it is closed.
     *
     * <p>A piece of up to 16 KiB whose first two parts do not fill it and have 2 KiB or less on average is copied as they come,
     * and each is closed at once; not those of a {@link LeaseScope}, and not where the class comment says that there is no copy.
     * Its memory has room for a whole piece, also where it is the last and shorter.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until a piece is full; fewer bytes than a piece are kept,
     * beside the element that was last taken. Where a piece is not copied as its parts come but when it is whole, its bytes are
     * there twice meanwhile.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> rechunk(int bytes) {
        requirePositive("bytes", bytes);
        return source -> reframe("rechunk", source, () -> new Rechunk(bytes));
    }

    /**
     * The first so many bytes; then the source is cancelled.
     *
     * <p><img class="marble" src="doc-files/marbles/takeBytes.svg" alt="the first bytes are passed on, the last element is cut, then it completes">
     *
     * <p><strong>Ownership:</strong> elements are passed on, the last one as a slice; what is beyond is closed. Empty ones are
     * closed.
     *
     * <p><strong>Demand:</strong> one for one; none for 0 bytes.
     *
     * @throws IllegalArgumentException if {@code bytes} is below 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> takeBytes(long bytes) {
        requireNotNegative("bytes", bytes);
        return source -> reframe("takeBytes", source, () -> new TakeBytes(bytes));
    }

    /**
     * All but the first so many bytes.
     *
     * <p><img class="marble" src="doc-files/marbles/skipBytes.svg" alt="the first bytes are closed, then elements are passed on">
     *
     * <p><strong>Ownership:</strong> what is skipped is closed; elements after it are passed on, the first one cut. Empty ones
     * are closed.
     *
     * <p><strong>Demand:</strong> one for one, and more for what is skipped.
     *
     * @throws IllegalArgumentException if {@code bytes} is below 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> skipBytes(long bytes) {
        requireNotNegative("bytes", bytes);
        return source -> reframe("skipBytes", source, () -> new SkipBytes(bytes));
    }

    /**
     * The source as it is, as long as it has no more bytes than that; the element that goes beyond is not emitted, but {@link
     * ByteLimitExceededException}.
     *
     * <p><img class="marble" src="doc-files/marbles/limitBytes.svg" alt="elements are passed on until one goes beyond the limit, then an error comes">
     *
     * <p><strong>Ownership:</strong> elements are passed on; the one that goes beyond is closed before the error. Empty ones
     * are closed.
     *
     * <p><strong>Demand:</strong> one for one.
     *
     * @throws IllegalArgumentException if {@code bytes} is below 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> limitBytes(long bytes) {
        requireNotNegative("bytes", bytes);
        return source -> reframe("limitBytes", source, () -> new LimitBytes(bytes));
    }

    /**
     * What lies between delimiters, without them. Two in a row have an empty piece between them; what comes after the last
     * one is a piece, too, unless it is empty.
     *
     * <p>A piece of more bytes than the limit is an error, {@link ByteLimitExceededException}, as soon as it is known to be.
     *
     * <p><img class="marble" src="doc-files/marbles/splitOn.svg" alt="what lies between delimiters comes as pieces">
     *
     * <p><strong>Ownership:</strong> of each lease comes in here and goes out with the pieces made of it: slices, composites
     * of several, or small copies, for which it is closed.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until a delimiter is there; at most the limit and the
     * delimiter are kept, beside the element that was last taken.
     *
     * @param delimiter copied
     * @throws IllegalArgumentException if the delimiter is empty or the limit not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> splitOn(byte[] delimiter, int maxFrameBytes) {
        byte[] copy = Objects.requireNonNull(delimiter, "delimiter").clone();
        requirePositive("delimiter.length", copy.length);
        requirePositive("maxFrameBytes", maxFrameBytes);
        return source ->
                reframe("splitOn", source, () -> new SplitOn("splitOn", copy, maxFrameBytes, /* slackBytes= */ 0));
    }

    /**
     * Lines that end in LF or CR LF, without these; the last needs no end. As {@link #splitOn} else.
     *
     * <p><img class="marble" src="doc-files/marbles/lines.svg" alt="lines come without their ends">
     *
     * <p><strong>Ownership:</strong> of each lease comes in here and goes out with the lines made of it: slices, composites
     * of several, or small copies, for which it is closed.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until the end of a line is there; at most the limit and
     * the end are kept, beside the element that was last taken.
     *
     * @param maxLineBytes without the end
     * @throws IllegalArgumentException if the limit is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> lines(int maxLineBytes) {
        requirePositive("maxLineBytes", maxLineBytes);
        return source -> reframe("lines", source, () -> new Lines(maxLineBytes));
    }

    /**
     * Lines as {@link #lines}, as strings: quicker than to decode each line of those. What is malformed is replaced, as {@code
     * new String(bytes, charset)} does.
     *
     * <p><img class="marble" src="doc-files/marbles/linesAsString.svg" alt="lines come as strings, without their ends">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are copied into an array on the heap, charged to nobody, from
     * which strings are made.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until a line is there; at most the limit and the end are
     * kept, and up to 8 KiB, beside the element that was last taken.
     *
     * @param maxLineBytes without the end
     * @param charset one in which LF is the byte 10 and no other character has that byte in it, as UTF-8 and all that ASCII is
     *     a part of
     * @throws IllegalArgumentException if the limit is not above 0, or LF is another byte or several
     */
    public static Function<Flux<Lease>, Flux<String>> linesAsString(int maxLineBytes, Charset charset) {
        requirePositive("maxLineBytes", maxLineBytes);
        Objects.requireNonNull(charset, "charset");
        if (!charset.canEncode() || !Arrays.equals("\n".getBytes(charset), new byte[] {'\n'})) {
            throw new IllegalArgumentException("charset must have LF as the byte 10: charset=" + charset);
        }
        return source -> reframe("linesAsString", source, () -> new LinesAsString(maxLineBytes, charset));
    }

    /**
     * Frames that follow their length, an unsigned big-endian number which does not count itself; without it.
     *
     * <p>A length above the limit is an error, {@link ByteLimitExceededException}, before anything of the frame is collected;
     * an end within a frame is {@link TruncatedFrameException}.
     *
     * <p><img class="marble" src="doc-files/marbles/lengthPrefixed.svg" alt="frames come without their lengths">
     *
     * <p><strong>Ownership:</strong> of each lease comes in here and goes out with the frames made of it: slices, composites
     * of several, or small copies, for which it is closed.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until a frame is there; at most the limit is kept, beside
     * the element that was last taken.
     *
     * @param lengthFieldBytes 1 to 8
     * @throws IllegalArgumentException if that is not so, or the limit is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> lengthPrefixed(int lengthFieldBytes, int maxFrameBytes) {
        requireLengthField(lengthFieldBytes);
        requirePositive("maxFrameBytes", maxFrameBytes);
        return source -> reframe("lengthPrefixed", source, () -> new LengthPrefixed(lengthFieldBytes, maxFrameBytes));
    }

    /**
     * Each element behind its length, an unsigned big-endian number: what {@link #lengthPrefixed} takes apart. An element that
     * is too long for the number is an error, {@link ByteLimitExceededException}.
     *
     * <p><img class="marble" src="doc-files/marbles/prependLength.svg" alt="each element comes behind its length">
     *
     * <p><strong>Ownership:</strong> of each lease goes into a composite with its length; or, up to 2 KiB, both are copied into memory
     * of the frame's allocator, and the lease is closed, unless it is a composite or somebody counts on its memory, as the pool's
     * budget or {@link #limitRateBytes}. The few bytes of the length
     * are from the allocator of the frame where it is direct, if that has any, and charged to a budget only where it is the
     * allocator's, as {@link ReactiveBufferPool#asAllocator}'s; or else from the heap, and charged to nobody.
     *
     * <p><strong>Demand:</strong> one for one.
     *
     * @param lengthFieldBytes 1 to 8
     * @throws IllegalArgumentException if that is not so
     */
    public static Function<Flux<Lease>, Flux<Lease>> prependLength(int lengthFieldBytes) {
        requireLengthField(lengthFieldBytes);
        PrependLength prepend = new PrependLength(lengthFieldBytes);
        return source -> FluxReframe.each("prependLength", source, () -> prepend::apply, prepend::apply);
    }

    /**
     * Lists of whole elements, of at most so many bytes together: what is to be written or stored at once. An element that has
     * more is alone in its list.
     *
     * <p><img class="marble" src="doc-files/marbles/bufferBytes.svg" alt="elements are put into lists until the next one does not fit">
     *
     * <p><strong>Ownership:</strong> of each lease goes out with the list. Empty elements are in lists, too, and
     * count as one byte there.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until the next one does not fit, or none would; at most the
     * limit is kept, beside that element.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is not above 0
     */
    public static Function<Flux<Lease>, Flux<List<Lease>>> bufferBytes(long maxBytes) {
        requirePositive("maxBytes", maxBytes);
        return source -> reframe("bufferBytes", source, () -> new BufferBytes(maxBytes));
    }

    /**
     * The source as it is, but asked for more only while fewer than so many of its bytes are out: passed on and not yet
     * released by whoever has them now. For operators and transports that request by the hundred, whatever the elements'
     * size: what they prefetch is bounded in bytes here.
     *
     * <p>What copies, releases before its copy has gone anywhere: of Netty, the transports with buffers that are not direct
     * throughout, and {@code SslHandler} with all. What waits behind these is not bounded here. Nor is the memory that an element
     * keeps and is no part of: what is received over HTTP/2 keeps 64 KiB for each frame of 16 KiB, which is four times the limit.
     * Copied into {@linkplain ReactiveBufferPool#acquire memory of a budget}, it does not.
     *
     * <p>What is below must not hold that many bytes while it waits for more, as {@link #rechunk}, {@link #aggregate}, {@link
     * #bufferBytes}, or a line or frame of a larger size would: it would wait for ever, and nobody is told.
     *
     * <p><img class="marble" src="doc-files/marbles/limitRateBytes.svg" alt="the next element is requested when enough bytes have been released">
     *
     * <p><strong>Ownership:</strong> of each lease goes on with its bytes, which count until the last reference to them is
     * released, also of what was {@linkplain Lease#detach detached}. Empty elements are closed.
     *
     * <p><strong>Demand:</strong> one element at a time, while one is wanted and fewer bytes than the limit are out: at most one
     * element goes beyond it. Whoever releases may thereby request from the source, on the releasing thread; before a
     * transport, give {@linkplain #limitRateBytes(long, Scheduler) a scheduler}.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> limitRateBytes(long bytes) {
        return limitRateBytes(bytes, Schedulers.immediate());
    }

    /**
     * As {@link #limitRateBytes(long)}, but what a release lets in is requested on the scheduler. If it refuses, on the
     * releasing thread.
     *
     * <p><img class="marble" src="doc-files/marbles/limitRateBytes.svg" alt="the next element is requested when enough bytes have been released">
     *
     * <p><strong>Ownership:</strong> of each lease goes on with its bytes, which count until the last reference to them is
     * released. Empty elements are closed.
     *
     * <p><strong>Demand:</strong> one element at a time, while one is wanted and fewer bytes than the limit are out. Whoever
     * releases requests nothing itself: the scheduler does.
     *
     * @throws IllegalArgumentException if {@code bytes} is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> limitRateBytes(long bytes, Scheduler requestOn) {
        requirePositive("bytes", bytes);
        Objects.requireNonNull(requestOn, "requestOn");
        return source -> FluxReframe.alone("limitRateBytes", source, () -> new LimitRateBytes(bytes, requestOn));
    }

    /**
     * The source for several subscribers at once, without a copy: each gets a lease of its own on every element. It is
     * subscribed to, once, when the last of them has come, and goes at the pace of the slowest; who cancels is waited for no
     * longer. A subscriber beyond the number gets {@link IllegalStateException}, a second run of the same publisher, too.
     *
     * <p><img class="marble" src="doc-files/marbles/multicast.svg" alt="each of two subscribers gets a lease on every element">
     *
     * <p><strong>Ownership:</strong> the lease that comes in ends when all have theirs; its memory is free when the last of
     * them is closed. They share the bytes, not the indices: nobody may write.
     *
     * <p><strong>Demand:</strong> one element is requested when all who are left want one, and all when each of them wants all.
     *
     * @throws IllegalArgumentException if {@code subscribers} is not above 0
     */
    public static Function<Flux<Lease>, Flux<Lease>> multicast(int subscribers) {
        requirePositive("subscribers", subscribers);
        return source -> FluxMulticast.create(source, subscribers);
    }

    /**
     * The source as it is; before each element is passed on, the listener is told how many bytes will then have been, for
     * each subscription anew. If it throws, that is an error.
     *
     * <p><img class="marble" src="doc-files/marbles/progress.svg" alt="the number of bytes is told with each element">
     *
     * <p><strong>Ownership:</strong> elements are passed on; the one for which the listener throws is closed.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<Lease>, Flux<Lease>> progress(LongConsumer listener) {
        Objects.requireNonNull(listener, "listener");
        return source -> FluxReframe.each("progress", source, () -> new Progress(listener));
    }

    /**
     * All bytes as one lease, or nothing if there are none. More than the limit are an error, {@link
     * ByteLimitExceededException}, as soon as they are there. For {@link Flux#as}.
     *
     * <p><img class="marble" src="doc-files/marbles/aggregate.svg" alt="all bytes come as one element at the end">
     *
     * <p><strong>Ownership:</strong> of all leases comes in here and goes out with a composite of them, or a small copy, for
     * which they are closed.
     *
     * <p><strong>Demand:</strong> elements are requested one by one, or all if all is wanted; at most the limit is kept, beside
     * the element that was last taken.
     *
     * @throws IllegalArgumentException if the limit is not above 0
     */
    public static Function<Flux<Lease>, Mono<Lease>> aggregate(int maxBytes) {
        requirePositive("maxBytes", maxBytes);
        return source -> Mono.fromDirect(reframe("aggregate", source, () -> new Aggregate(maxBytes)));
    }

    /**
     * Text. Characters may be cut anywhere; what is malformed is replaced, as {@code new String(bytes, charset)} does. Strings
     * are not empty, and their borders mean nothing.
     *
     * <p><img class="marble" src="doc-files/marbles/asString.svg" alt="a character that is cut between two elements is put together">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are decoded.
     *
     * <p><strong>Demand:</strong> elements are requested one by one until there is a character.
     */
    public static Function<Flux<Lease>, Flux<String>> asString(Charset charset) {
        Objects.requireNonNull(charset, "charset");
        return source -> reframe("asString", source, () -> new Decode(charset));
    }

    /**
     * Each element's bytes as an array of their own.
     *
     * <p><img class="marble" src="doc-files/marbles/asByteArray.svg" alt="each element becomes an array">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are copied.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<Lease>, Flux<byte[]>> asByteArray() {
        return source -> FluxReframe.lend("asByteArray", source, ByteFlux::bytes);
    }

    private static byte[] bytes(ByteBuf buffer) {
        return ByteBufUtil.getBytes(buffer, buffer.readerIndex(), buffer.readableBytes(), /* copy= */ true);
    }

    private static <O> Flux<O> reframe(String name, Flux<Lease> source, Supplier<Reframer<O>> reframer) {
        return FluxReframe.pieces(name, source, reframer);
    }

    private static void requireLengthField(int lengthFieldBytes) {
        if (lengthFieldBytes < 1 || lengthFieldBytes > Long.BYTES) {
            throw new IllegalArgumentException("lengthFieldBytes must be 1 to 8: lengthFieldBytes=" + lengthFieldBytes);
        }
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be > 0: " + name + '=' + value);
        }
    }

    private static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must be >= 0: " + name + '=' + value);
        }
    }
}
