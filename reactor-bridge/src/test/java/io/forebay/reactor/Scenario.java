package io.forebay.reactor;

import io.forebay.reactor.LeakRun.Tail;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What the leak matrix is run over: every operator, and what takes from a pool for each element that comes.
 *
 * @param of which of what is {@link Offered}
 * @param input what makes it emit several elements
 * @param poolBytes the limit of the pool it takes from
 */
record Scenario(String name, String of, List<byte[]> input, int poolBytes, Use use) {
    private static final int ENOUGH = 1_000;
    private static final int ONE_ELEMENT = 8; // at a time; the next waits until it is released
    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final Set<String> LEAVE_THE_SCOPE = Set.of("Leases.detach", "Leases.own", "Leases.adopt");
    private static final String READ_AS_A_STREAM = "ByteStreams.toInputStream";

    interface Use {
        /** What comes out; leases are taken from {@code memory}, which is the scope's if there is one. */
        Flux<?> of(Flux<Lease> source, ReactiveBufferPool pool, Memory memory);
    }

    static Stream<Scenario> all() {
        Stream<Scenario> operators = Operator.all()
                .map(operator -> new Scenario(
                        operator.name(),
                        operator.of(),
                        operator.input(),
                        ENOUGH,
                        (source, pool, memory) -> operator.use().apply(source)));
        return Stream.of(operators, acquiring(), reading(), scoping(), streaming(), others())
                .flatMap(scenarios -> scenarios);
    }

    private static Stream<Scenario> acquiring() {
        return Stream.of(
                acquire("acquire", "ReactiveBufferPool.acquire(int)", ENOUGH, Memory::acquire),
                acquire("acquire, one at a time", "LeaseScope.acquire(int)", ONE_ELEMENT, Memory::acquire),
                acquire(
                        "acquire, with a timeout",
                        "ReactiveBufferPool.acquire(int, Duration)",
                        ENOUGH,
                        (memory, size) -> memory.acquire(size, FOR_EVER)),
                acquire(
                        "acquire, with a timeout, one at a time",
                        "LeaseScope.acquire(int, Duration)",
                        ONE_ELEMENT,
                        (memory, size) -> memory.acquire(size, FOR_EVER)),
                acquire(
                        "acquire, with a timer",
                        "ReactiveBufferPool.acquire(int, Duration, Scheduler)",
                        ENOUGH,
                        (memory, size) -> memory.acquire(size, FOR_EVER, Schedulers.single())),
                acquire(
                        "acquire, with a timer, one at a time",
                        "LeaseScope.acquire(int, Duration, Scheduler)",
                        ONE_ELEMENT,
                        (memory, size) -> memory.acquire(size, FOR_EVER, Schedulers.single())));
    }

    /** Of a small pool, all there is. */
    private static Scenario acquire(
            String name, String of, int poolBytes, BiFunction<Memory, Integer, Publisher<Lease>> acquire) {
        return taker(
                name,
                of,
                poolBytes,
                (source, pool, memory) -> sizes(source)
                        .concatMap(size -> acquire.apply(memory, poolBytes == ONE_ELEMENT ? ONE_ELEMENT : size)));
    }

    private static Stream<Scenario> reading() {
        return Stream.of(
                each("read, a stream", "ByteStreams.read", ENOUGH, (size, memory) -> readStream(size, memory, 2)),
                each(
                        "read, a stream, one at a time",
                        "ByteStreams.read",
                        ONE_ELEMENT,
                        (size, memory) -> readStream(size, memory, ONE_ELEMENT)),
                each(
                        "read, a file",
                        "ByteFiles.read(Path, IntFunction, int, Scheduler)",
                        ENOUGH,
                        (size, memory) -> FileOperators.readFile(memory, 2)),
                each(
                        "read, a channel",
                        "ByteFiles.read(FileChannel, long, long, IntFunction, int, Scheduler)",
                        ENOUGH,
                        (size, memory) -> FileOperators.readChannel(memory, size, 2)),
                each(
                        "read, an asynchronous channel",
                        "ByteFiles.read(AsynchronousFileChannel, long, long, IntFunction, int)",
                        ENOUGH,
                        (size, memory) -> FileOperators.readAsynchronously(memory, size, 2)));
    }

    private static Scenario each(
            String name, String of, int poolBytes, BiFunction<Integer, Memory, Publisher<Lease>> read) {
        return taker(
                name,
                of,
                poolBytes,
                (source, pool, memory) -> sizes(source).concatMap(size -> read.apply(size, memory)));
    }

    private static Stream<Scenario> scoping() {
        return Stream.of(
                taker(
                        "withBuffer",
                        "ReactiveBufferPool.withBuffer",
                        ENOUGH,
                        (source, pool, memory) -> sizes(source)
                                .concatMap(
                                        size -> pool.withBuffer(size, buffer -> Flux.just(size, buffer.capacity())))),
                taker(
                        "withBufferMono",
                        "ReactiveBufferPool.withBufferMono",
                        ENOUGH,
                        (source, pool, memory) -> sizes(source)
                                .concatMap(size -> pool.withBufferMono(size, buffer -> Mono.just(buffer.capacity())))),
                taker(
                        "scoped",
                        "ReactiveBufferPool.scoped",
                        ENOUGH,
                        (source, pool, memory) ->
                                sizes(source).concatMap(size -> pool.scoped(scope -> scope.acquire(size)))),
                taker(
                        "scopedMono",
                        "ReactiveBufferPool.scopedMono",
                        ENOUGH,
                        (source, pool, memory) ->
                                sizes(source).concatMap(size -> pool.scopedMono(scope -> scope.acquire(size)))));
    }

    private static Stream<Scenario> streaming() {
        return Stream.of(
                readAsAStream("toInputStream, one after another", 1), readAsAStream("toInputStream, ahead", ENOUGH));
    }

    private static Scenario readAsAStream(String name, long prefetchBytes) {
        return new Scenario(
                name,
                READ_AS_A_STREAM,
                Operator.TEXT,
                ENOUGH,
                (source, pool, memory) -> new ReadThrough(source, prefetchBytes));
    }

    /** Reactor's own operators are told of no more than they asked for. */
    private static Stream<Scenario> others() {
        return Stream.of(
                taker("sink", "LeaseSinks.unicast", ENOUGH, (source, pool, memory) -> throughASink(source)),
                taker(
                        "sink, emitted to once it is subscribed to",
                        "LeaseSink.asFlux",
                        ENOUGH,
                        (source, pool, memory) -> throughASubscribedSink(source)),
                taker(
                        "drainOnCancel",
                        "Leases.drainOnCancel",
                        ENOUGH,
                        (source, pool, memory) ->
                                source.transform(ByteFlux.limitBytes(100)).transform(Leases.drainOnCancel())),
                taker(
                        "drainOnCancel, of what is adopted",
                        "Leases.drainOnCancel",
                        ENOUGH,
                        (source, pool, memory) -> source.transform(Leases.detach())
                                .transform(Leases.adopt())
                                .transform(Leases.drainOnCancel())
                                .transform(Leases.consume(ByteBuf::readableBytes))), // they are of no scope
                taker(
                        "releaseOnDiscard",
                        "Leases.releaseOnDiscard",
                        ENOUGH,
                        (source, pool, memory) -> source.transform(ByteFlux.limitBytes(100))
                                .filter(lease -> lease.buffer().readableBytes() > 2)));
    }

    /** Between its source and ours, Reactor's concatMap discards what crosses a cancel. */
    private static Scenario taker(String name, String of, int poolBytes, Use use) {
        return new Scenario(
                name,
                of,
                Operator.TEXT,
                poolBytes,
                (source, pool, memory) -> use.of(source, pool, memory).transform(Leases.releaseOnDiscard()));
    }

    private static Flux<Integer> sizes(Flux<Lease> source) {
        return source.transform(Leases.consume(buffer -> buffer.readableBytes()));
    }

    private static Flux<Lease> readStream(int bytes, Memory memory, int chunkBytes) {
        return ByteStreams.read(
                () -> new ByteArrayInputStream(new byte[bytes]), memory::acquire, chunkBytes, Schedulers.immediate());
    }

    private static Flux<Lease> throughASink(Flux<Lease> source) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(ENOUGH);
            Disposable emitting = source.subscribe(sink::emitOrRelease, sink::tryEmitError, sink::tryEmitComplete);
            return sink.asFlux().doOnCancel(emitting::dispose);
        });
    }

    private static Flux<Lease> throughASubscribedSink(Flux<Lease> source) {
        return Flux.defer(() -> {
            LeaseSink sink = LeaseSinks.unicast(ENOUGH);
            Disposable.Swap emitting = Disposables.swap();
            return sink.asFlux()
                    .doOnSubscribe(subscribed -> emitting.update(
                            source.subscribe(sink::emitOrRelease, sink::tryEmitError, sink::tryEmitComplete)))
                    .doOnCancel(emitting::dispose);
        });
    }

    /** Whether it stops until the subscriber has released what it got. */
    boolean waits() {
        return poolBytes == ONE_ELEMENT;
    }

    /**
     * What it is run with: a publishOn is parked behind it, or before it where what comes out belongs to nobody's scope. A stream
     * has bytes come out, for which it is one as the other.
     */
    Set<Tail> tails() {
        if (of.equals(READ_AS_A_STREAM)) {
            return EnumSet.allOf(Tail.class);
        }
        return EnumSet.of(
                Tail.PLAIN, Tail.CONDITIONAL, LEAVE_THE_SCOPE.contains(of) ? Tail.PARKED_BEFORE : Tail.PARKED);
    }

    @Override
    public String toString() {
        return name;
    }
}
