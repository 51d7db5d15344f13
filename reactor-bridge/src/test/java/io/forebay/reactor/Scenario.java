package io.forebay.reactor;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What the leak matrix is run over: every operator, and what takes from a pool for each element that comes.
 *
 * @param input what makes it emit several elements
 * @param poolBytes the limit of the pool it takes from
 */
record Scenario(String name, List<byte[]> input, int poolBytes, Use use) {
    private static final int ENOUGH = 1_000;
    private static final int ONE_ELEMENT = 8; // at a time; the next waits until it is released

    interface Use {
        /** What comes out; {@code acquire} takes from the pool, within the scope if there is one. */
        Flux<?> of(Flux<Lease> source, ReactiveBufferPool pool, IntFunction<Mono<Lease>> acquire);
    }

    static Stream<Scenario> all() {
        Stream<Scenario> operators = Operator.all()
                .map(operator -> new Scenario(
                        operator.name(),
                        operator.input(),
                        ENOUGH,
                        (source, pool, acquire) -> operator.use().apply(source)));
        return Stream.concat(operators, takers());
    }

    private static Stream<Scenario> takers() {
        return Stream.of(
                taker(
                        "acquire",
                        ENOUGH,
                        (source, pool, acquire) -> sizes(source).concatMap(acquire::apply)),
                taker(
                        "acquire, one at a time",
                        ONE_ELEMENT,
                        (source, pool, acquire) -> sizes(source).concatMap(size -> acquire.apply(ONE_ELEMENT))),
                taker(
                        "read",
                        ENOUGH,
                        (source, pool, acquire) -> sizes(source).concatMap(size -> read(size, acquire, 2))),
                taker(
                        "read, one at a time",
                        ONE_ELEMENT,
                        (source, pool, acquire) -> sizes(source).concatMap(size -> read(size, acquire, ONE_ELEMENT))),
                taker(
                        "withBuffer",
                        ENOUGH,
                        (source, pool, acquire) -> sizes(source)
                                .concatMap(
                                        size -> pool.withBuffer(size, buffer -> Flux.just(size, buffer.capacity())))),
                taker(
                        "scoped",
                        ENOUGH,
                        (source, pool, acquire) ->
                                sizes(source).concatMap(size -> pool.scoped(scope -> scope.acquire(size)))),
                taker("sink", ENOUGH, (source, pool, acquire) -> throughASink(source)),
                taker(
                        "drainOnCancel",
                        ENOUGH,
                        (source, pool, acquire) -> source.transform(
                                        ByteFlux.limitBytes(100)) // which pays heed to demand
                                .transform(Leases.drainOnCancel())));
    }

    /** Between its source and ours, Reactor's concatMap discards what crosses a cancel. */
    private static Scenario taker(String name, int poolBytes, Use use) {
        return new Scenario(
                name,
                Operator.TEXT,
                poolBytes,
                (source, pool, acquire) -> use.of(source, pool, acquire).transform(Leases.releaseOnDiscard()));
    }

    private static Flux<Integer> sizes(Flux<Lease> source) {
        return source.transform(Leases.consume(buffer -> buffer.readableBytes()));
    }

    private static Flux<Lease> read(int bytes, IntFunction<Mono<Lease>> acquire, int chunkBytes) {
        return ByteStreams.read(
                () -> new ByteArrayInputStream(new byte[bytes]), acquire, chunkBytes, Schedulers.immediate());
    }

    private static Flux<Lease> throughASink(Flux<Lease> source) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(ENOUGH);
            Disposable emitting = source.subscribe(sink::emitOrRelease, sink::tryEmitError, sink::tryEmitComplete);
            return sink.asFlux().doOnCancel(emitting::dispose);
        });
    }

    /** Whether it stops until the subscriber has released what it got. */
    boolean waits() {
        return poolBytes == ONE_ELEMENT;
    }

    /** Whether what comes out belongs to nobody's scope any more. */
    boolean leavesTheScope() {
        return name.startsWith("detach");
    }

    @Override
    public String toString() {
        return name;
    }
}
