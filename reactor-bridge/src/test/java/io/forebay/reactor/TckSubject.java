package io.forebay.reactor;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A publisher for the kit of Reactive Streams. Its subscribers release nothing: the buffers here are on the heap, and nobody's.
 *
 * @param of which of what is {@link Offered}
 * @param most how many elements it can have
 * @param elements the publisher of so many elements
 * @param failed one that fails at once
 * @param here whether all there is comes within the call that asks for it
 */
record TckSubject(
        String name, String of, long most, LongFunction<Publisher<?>> elements, Publisher<?> failed, boolean here) {
    static final long FEW = 1_000; // for what would make all elements beforehand, or for another who stays
    private static final long MANY = Long.MAX_VALUE - 1;
    private static final Duration FOR_EVER = Duration.ofDays(1);

    static Stream<TckSubject> all() {
        return Stream.of(taking(), bytes(), collecting(), pools(), TckFiles.all())
                .flatMap(subjects -> subjects);
    }

    TckSubject(String name, String of, long most, LongFunction<Publisher<?>> elements, Publisher<?> failed) {
        this(name, of, most, elements, failed, /* here= */ true);
    }

    /** The same, which other threads bring. */
    TckSubject elsewhere() {
        return new TckSubject(name, of, most, elements, failed, /* here= */ false);
    }

    static Lease lease(String content) {
        return Lease.adopt(Unpooled.wrappedBuffer(content.getBytes(StandardCharsets.US_ASCII)));
    }

    private static Flux<Lease> leases(long count, String content) {
        return Flux.range(0, (int) Math.min(count, Integer.MAX_VALUE)).map(i -> lease(content));
    }

    static ReactiveBufferPool pool() {
        return pool(MemoryBudget.create("tck", Long.MAX_VALUE));
    }

    private static ReactiveBufferPool pool(MemoryBudget budget) {
        var unwatched = new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);
        return ReactiveBufferPool.create(unwatched, budget);
    }

    /** Whose budget is closed. */
    private static ReactiveBufferPool closedPool() {
        MemoryBudget budget = MemoryBudget.create("closed", Long.MAX_VALUE);
        budget.close();
        return pool(budget);
    }

    /** What fails when it is asked, which the kit does not do: it is asked as soon as the kit has the subscription. */
    private static <T> Publisher<T> asked(Publisher<T> failing) {
        return subscriber -> failing.subscribe(new Subscriber<T>() {
            @Override
            public void onSubscribe(Subscription s) {
                subscriber.onSubscribe(s);
                s.request(1);
            }

            @Override
            public void onNext(T element) {
                subscriber.onNext(element);
            }

            @Override
            public void onError(Throwable failure) {
                subscriber.onError(failure);
            }

            @Override
            public void onComplete() {
                subscriber.onComplete();
            }
        });
    }

    private static TckSubject leases(String of, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return each(of, of, MANY, "x", operator);
    }

    private static TckSubject bytes(String of, Function<Flux<Lease>, Flux<Lease>> operator) {
        return bytes(of, "x", operator);
    }

    private static TckSubject bytes(String of, String content, Function<Flux<Lease>, Flux<Lease>> operator) {
        return each(of, of, MANY, content, flux -> flux.transform(operator));
    }

    static TckSubject each(
            String name, String of, long most, String content, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return new TckSubject(
                name,
                of,
                most,
                elements -> operator.apply(leases(elements, content)),
                operator.apply(Flux.error(new IllegalStateException("failed"))));
    }

    private static Stream<TckSubject> taking() {
        return Stream.of(
                leases("Leases.own", flux -> flux.map(Lease::detach).transform(Leases.own())),
                leases("Leases.adopt", flux -> flux.map(Lease::detach).transform(Leases.adopt())),
                leases("Leases.detach", flux -> flux.transform(Leases.detach())),
                leases("Leases.consume", flux -> flux.transform(Leases.consume(ByteBuf::readableBytes))),
                leases("Leases.releaseOnDiscard", flux -> flux.transform(Leases.releaseOnDiscard())),
                each(
                        "Leases.drainOnCancel",
                        "Leases.drainOnCancel",
                        FEW,
                        "x",
                        flux -> flux.transform(Leases.drainOnCancel())),
                each(
                        "Leases.drainOnCancel, of what is adopted",
                        "Leases.drainOnCancel",
                        FEW,
                        "x",
                        flux -> flux.map(Lease::detach)
                                .transform(Leases.adopt())
                                .transform(Leases.drainOnCancel())));
    }

    private static Stream<TckSubject> bytes() {
        return Stream.of(
                bytes("ByteFlux.rechunk", ByteFlux.rechunk(1)),
                bytes("ByteFlux.takeBytes", ByteFlux.takeBytes(Long.MAX_VALUE)),
                bytes("ByteFlux.skipBytes", ByteFlux.skipBytes(0)),
                bytes("ByteFlux.limitBytes", ByteFlux.limitBytes(Long.MAX_VALUE)),
                bytes("ByteFlux.splitOn", "x,", ByteFlux.splitOn(new byte[] {','}, 10)),
                bytes("ByteFlux.lines", "x\n", ByteFlux.lines(10)),
                bytes("ByteFlux.lengthPrefixed", "\001x", ByteFlux.lengthPrefixed(1, 10)),
                bytes("ByteFlux.prependLength", ByteFlux.prependLength(1)),
                bytes("ByteFlux.limitRateBytes(long)", ByteFlux.limitRateBytes(Long.MAX_VALUE)),
                bytes(
                                "ByteFlux.limitRateBytes(long, Scheduler)",
                                ByteFlux.limitRateBytes(Long.MAX_VALUE, Schedulers.parallel()))
                        .elsewhere(),
                bytes("ByteFlux.multicast", flux -> flux.transform(ByteFlux.multicast(1))),
                each("multicast, beside another", "ByteFlux.multicast", FEW, "x", flux -> {
                    Flux<Lease> shared = flux.transform(ByteFlux.multicast(2));
                    return shared.doOnSubscribe(first -> shared.subscribe(lease -> {}, failure -> {}));
                }),
                bytes("ByteFlux.progress", ByteFlux.progress(bytes -> {})));
    }

    private static Stream<TckSubject> collecting() {
        return Stream.of(
                each("ByteFlux.aggregate", "ByteFlux.aggregate", 1, "x", flux -> flux.as(ByteFlux.aggregate(10))),
                leases("ByteFlux.asString", flux -> flux.transform(ByteFlux.asString(StandardCharsets.UTF_8))),
                leases("ByteFlux.asByteArray", flux -> flux.transform(ByteFlux.asByteArray())),
                each(
                        "ByteFlux.linesAsString",
                        "ByteFlux.linesAsString",
                        MANY,
                        "x\n",
                        flux -> flux.transform(ByteFlux.linesAsString(10, StandardCharsets.UTF_8))),
                leases("ByteFlux.bufferBytes", flux -> flux.transform(ByteFlux.bufferBytes(1))),
                new TckSubject("unicast sink", "LeaseSinks.unicast", FEW, TckSubject::sink, failedSink()),
                new TckSubject(
                        "unicast sink, once it is subscribed to",
                        "LeaseSink.asFlux",
                        FEW,
                        TckSubject::subscribedSink,
                        failedSink()));
    }

    private static Stream<TckSubject> pools() {
        return Stream.of(acquiring(), scoping()).flatMap(subjects -> subjects);
    }

    private static Stream<TckSubject> acquiring() {
        return Stream.of(
                acquire("ReactiveBufferPool.acquire(int)", pool -> pool.acquire(10)),
                acquire("ReactiveBufferPool.acquire(int, Duration)", pool -> pool.acquire(10, FOR_EVER)),
                acquire(
                                "ReactiveBufferPool.acquire(int, Duration, Scheduler)",
                                pool -> pool.deliverOn(Schedulers.parallel())
                                        .acquire(10, FOR_EVER, Schedulers.single()))
                        .elsewhere(),
                acquire("LeaseScope.acquire(int)", pool -> new LeaseScope(pool).acquire(10)),
                acquire("LeaseScope.acquire(int, Duration)", pool -> new LeaseScope(pool).acquire(10, FOR_EVER)),
                acquire(
                        "LeaseScope.acquire(int, Duration, Scheduler)",
                        pool -> new LeaseScope(pool).acquire(10, FOR_EVER, Schedulers.single())));
    }

    private static TckSubject acquire(String of, Function<ReactiveBufferPool, Mono<Lease>> acquire) {
        Mono<Lease> acquired = acquire.apply(pool());
        return source(of, 1, elements -> acquired, asked(acquire.apply(closedPool())));
    }

    private static Stream<TckSubject> scoping() {
        ReactiveBufferPool pool = pool();
        ReactiveBufferPool closed = closedPool();
        Flux<Object> failed = Flux.error(new IllegalStateException("failed"));
        return Stream.of(
                source(
                        "ReactiveBufferPool.withBuffer",
                        MANY,
                        elements -> pool.withBuffer(10, buffer -> leases(elements, "x")),
                        asked(closed.withBuffer(10, buffer -> failed))),
                source(
                        "ReactiveBufferPool.withBufferMono",
                        1,
                        elements -> pool.withBufferMono(10, buffer -> Mono.from(leases(elements, "x"))),
                        asked(closed.withBufferMono(10, buffer -> Mono.from(failed)))),
                source(
                        "ReactiveBufferPool.scoped",
                        MANY,
                        elements -> pool.scoped(own -> leases(elements, "x")),
                        pool.scoped(own -> failed)),
                source(
                        "ReactiveBufferPool.scopedMono",
                        1,
                        elements -> pool.scopedMono(own -> Mono.from(leases(elements, "x"))),
                        pool.scopedMono(own -> Mono.from(failed))));
    }

    private static TckSubject source(String of, long most, LongFunction<Publisher<?>> elements, Publisher<?> failed) {
        return new TckSubject(of, of, most, elements, failed);
    }

    private static Publisher<?> sink(long elements) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(FEW);
            fill(sink, elements);
            return sink.asFlux();
        });
    }

    private static Publisher<?> subscribedSink(long elements) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(FEW);
            return sink.asFlux().doOnSubscribe(subscribed -> fill(sink, elements));
        });
    }

    private static void fill(LeaseSink sink, long elements) {
        for (long i = 0; i < elements; i++) {
            sink.emitOrRelease(lease("x"));
        }
        sink.tryEmitComplete();
    }

    private static Publisher<?> failedSink() {
        LeaseSink sink = LeaseSinks.unicast(1);
        sink.tryEmitError(new IllegalStateException("failed"));
        return sink.asFlux();
    }

    @Override
    public String toString() {
        return name;
    }
}
