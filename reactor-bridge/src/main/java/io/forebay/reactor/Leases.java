package io.forebay.reactor;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Where leases come from and go to: operators between {@code Flux<ByteBuf>}, whose elements are lent by some and given away
 * by others, and {@code Flux<Lease>}, whose elements always belong to whoever has them. For {@link Flux#transform}.
 *
 * <p>All of them and those of {@link ByteFlux} keep these rules. An element that is passed on is the subscriber's. What an
 * operator keeps, or gets after the end, it closes itself, once; discard hooks are not called for it. There is no
 * prefetch: one element is requested at a time, and only while the subscriber wants one; {@link #drainOnCancel} passes demand on as it is. A subscriber that wants all
 * ({@link Long#MAX_VALUE}) has all requested at once, but for {@link ByteFlux#limitRateBytes}: then the source goes at the
 * subscriber's pace because each element is passed on before its {@code onNext} returns. An error is passed on at once, and
 * what is kept is closed before. No operator is fused.
 *
 * <p><b>When not to use it.</b> Where every element is used within its {@code onNext} and nothing is kept, plain {@code
 * Flux<ByteBuf>} is enough.
 */
public final class Leases {
    private Leases() {}

    /**
     * Keeps buffers that are only lent for the length of {@code onNext}, as Reactor Netty's {@code receive()} does.
     *
     * <p><img class="marble" src="doc-files/marbles/own.svg" alt="each lent buffer becomes a lease with a reference of its own">
     *
     * <p><strong>Ownership:</strong> the buffer stays its owner's, who releases it after {@code onNext}; each lease has a
     * reference of its own. The indices are shared with the lender.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<ByteBuf>, Flux<Lease>> own() {
        return source -> FluxReframe.intake("own", source, ByteBuf::retain);
    }

    /**
     * Leases for buffers that are given away.
     *
     * <p><img class="marble" src="doc-files/marbles/adopt.svg" alt="each given buffer becomes a lease">
     *
     * <p><strong>Ownership:</strong> of each buffer goes to its lease.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<ByteBuf>, Flux<Lease>> adopt() {
        return source -> FluxReframe.intake("adopt", source, Function.<ByteBuf>identity());
    }

    /**
     * Buffers for somebody who releases them, as Reactor Netty's {@code send} and Spring's {@code NettyDataBufferFactory.wrap}
     * do.
     *
     * <p><img class="marble" src="doc-files/marbles/detach.svg" alt="each lease becomes a buffer that its receiver releases">
     *
     * <p><strong>Ownership:</strong> of each buffer goes to the subscriber, who calls {@code release()}. Leases end.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<Lease>, Flux<ByteBuf>> detach() {
        return FluxReframe::detach;
    }

    /**
     * What the function makes of each buffer, which is closed after it, also if it throws.
     *
     * <p><img class="marble" src="doc-files/marbles/consume.svg" alt="a function makes an element of each buffer, which is then closed">
     *
     * <p><strong>Ownership:</strong> the buffer is lent to the function; what it returns must not refer to it. If that is a {@link
     * ByteBuf} or {@link Lease}, and the subscriber has cancelled meanwhile, it is released.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static <R> Function<Flux<Lease>, Flux<R>> consume(Function<? super ByteBuf, ? extends R> use) {
        Objects.requireNonNull(use, "use");
        return source -> FluxReframe.lend("consume", source, use);
    }

    /**
     * Closes leases that operators above discard, also those in collections, maps, optionals, signals and tuples. Once in a
     * chain is enough, and more than once does no harm. It does not reach what Reactor loses without discarding: for that
     * there is {@link ReactiveBufferPool#scoped}.
     *
     * <p><img class="marble" src="doc-files/marbles/releaseOnDiscard.svg" alt="a lease that an operator discards is closed">
     *
     * <p><strong>Ownership:</strong> of discarded leases only. Plain {@link ByteBuf}s are not touched: Reactor may discard an
     * element twice, and they would be released twice. {@linkplain #adopt Adopt} them first.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static <T> Function<Flux<T>, Flux<T>> releaseOnDiscard() {
        return Discards::install;
    }

    /**
     * Makes a cancel invisible to the source: what it still emits is requested without bound and closed. For sources that
     * have to be read to their end, such as a connection that is used again.
     *
     * <p><img class="marble" src="doc-files/marbles/drainOnCancel.svg" alt="after a cancel the rest of the source is requested and closed">
     *
     * <p><strong>Ownership:</strong> of what comes after a cancel, or a bad request, is this operator's, which closes it.
     *
     * <p><strong>Demand:</strong> the subscriber's; unbounded after its cancel, or a request for less than 1, of which it is told with
     * the source's next signal.
     */
    public static Function<Flux<Lease>, Flux<Lease>> drainOnCancel() {
        return FluxDrainOnCancel::create;
    }
}
