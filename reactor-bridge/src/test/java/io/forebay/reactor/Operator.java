package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * Every operator, for what must hold for all of them.
 *
 * @param of which of what is {@link Offered}
 * @param input what makes it emit several elements
 */
record Operator(String name, String of, List<byte[]> input, Function<Flux<Lease>, Flux<?>> use) {
    static final List<byte[]> TEXT =
            List.of("a\nbc".getBytes(UTF_8), "d\r".getBytes(UTF_8), "\nef\n".getBytes(UTF_8), "gh".getBytes(UTF_8));
    private static final List<byte[]> FRAMES =
            List.of(new byte[] {0, 1, 'x', 0}, new byte[] {2, 'y'}, new byte[] {'z', 0}, new byte[] {1, 'w'});

    static Stream<Operator> all() {
        return Stream.of(
                        passingOn(),
                        cutting(),
                        collecting(),
                        owning(),
                        afterOthers(),
                        sharing(),
                        FileOperators.writing())
                .flatMap(operators -> operators);
    }

    private static Stream<Operator> passingOn() {
        return Stream.of(
                text("takeBytes", ByteFlux.takeBytes(5)),
                text("skipBytes", ByteFlux.skipBytes(5)),
                text("limitBytes, within", ByteFlux.limitBytes(100)),
                text("limitBytes, beyond", ByteFlux.limitBytes(7)),
                text("prependLength", ByteFlux.prependLength(2)),
                new Operator(
                        "limitRateBytes",
                        "ByteFlux.limitRateBytes(long)",
                        TEXT,
                        flux -> flux.transform(ByteFlux.limitRateBytes(100))),
                new Operator(
                        "limitRateBytes, one at a time",
                        "ByteFlux.limitRateBytes(long)",
                        TEXT,
                        flux -> flux.transform(ByteFlux.limitRateBytes(1))),
                new Operator(
                        "limitRateBytes, one at a time, on a scheduler that refuses",
                        "ByteFlux.limitRateBytes(long, Scheduler)",
                        TEXT,
                        flux -> flux.transform(ByteFlux.limitRateBytes(1, refusing()))),
                text("progress", ByteFlux.progress(bytes -> {})),
                text("progress, throwing", ByteFlux.progress(bytes -> {
                    if (bytes > 7) {
                        throw new IllegalStateException("boom");
                    }
                })));
    }

    private static Stream<Operator> cutting() {
        return Stream.of(
                text("rechunk, larger", ByteFlux.rechunk(5)),
                text("rechunk, smaller", ByteFlux.rechunk(1)),
                text("splitOn", ByteFlux.splitOn(new byte[] {'\r', '\n'}, 100)),
                text("splitOn, beyond", ByteFlux.splitOn(new byte[] {'\r', '\n'}, 2)),
                text("lines", ByteFlux.lines(100)),
                text("lines, beyond", ByteFlux.lines(2)),
                frames("lengthPrefixed", ByteFlux.lengthPrefixed(2, 100)),
                frames("lengthPrefixed, beyond", ByteFlux.lengthPrefixed(2, 1)),
                text(
                        "rechunk, after lines",
                        flux -> flux.transform(ByteFlux.lines(100)).transform(ByteFlux.rechunk(3))),
                of("linesAsString", flux -> flux.transform(ByteFlux.linesAsString(100, UTF_8))),
                of("linesAsString, beyond", flux -> flux.transform(ByteFlux.linesAsString(2, UTF_8))));
    }

    /** What an operator in front keeps back, as it need not be a lease. */
    private static Stream<Operator> afterOthers() {
        return Stream.of(
                leases(
                        "consume, after lines",
                        flux -> flux.transform(ByteFlux.lines(100)).transform(Leases.consume(ByteBuf::readableBytes))),
                leases(
                        "consume, after lines, throwing",
                        flux -> flux.transform(ByteFlux.lines(100))
                                .transform(Leases.consume(Operator::failAtTwoBytes))),
                leases(
                        "detach, after lines",
                        flux -> flux.transform(ByteFlux.lines(100)).transform(Leases.detach())),
                adopted("rechunk", ByteFlux.rechunk(3)),
                adopted("progress", ByteFlux.progress(bytes -> {})),
                adopted("prependLength", ByteFlux.prependLength(2)),
                adopted("multicast", ByteFlux.multicast(1)),
                adopted("bufferBytes", ByteFlux.bufferBytes(5)),
                adopted("aggregate", flux -> flux.as(ByteFlux.aggregate(100)).flux()));
    }

    private static int failAtTwoBytes(ByteBuf buffer) {
        if (buffer.readableBytes() == 2) {
            throw new IllegalStateException("boom");
        }
        return buffer.readableBytes();
    }

    /** Leases that are made in the operator's own subscription. */
    private static Operator adopted(String name, Function<Flux<Lease>, ? extends Flux<?>> use) {
        return leases(
                "adopt, then " + name,
                flux -> use.apply(flux.transform(Leases.detach()).transform(Leases.adopt())));
    }

    private static Stream<Operator> collecting() {
        return Stream.of(
                of("aggregate", flux -> flux.as(ByteFlux.aggregate(100)).flux()),
                of("aggregate, beyond", flux -> flux.as(ByteFlux.aggregate(3)).flux()),
                of("asString", flux -> flux.transform(ByteFlux.asString(UTF_8))),
                of("asByteArray", flux -> flux.transform(ByteFlux.asByteArray())),
                of("bufferBytes", flux -> flux.transform(ByteFlux.bufferBytes(5))),
                of("bufferBytes, smaller", flux -> flux.transform(ByteFlux.bufferBytes(1))));
    }

    private static Stream<Operator> owning() {
        return Stream.of(
                leases("own", flux -> Lending.of(flux).transform(Leases.own())),
                leases("adopt", flux -> flux.transform(Leases.detach()).transform(Leases.adopt())),
                leases("detach", flux -> flux.transform(Leases.detach())),
                leases("consume, throwing", flux -> flux.transform(Leases.consume(Operator::failAtTwoBytes))),
                leases(
                        "consume, without memory",
                        flux -> flux.transform(Leases.consume(buffer -> {
                            throw new OutOfMemoryError("none left");
                        }))));
    }

    private static Stream<Operator> sharing() {
        return Stream.of(
                text("multicast", ByteFlux.multicast(1)),
                text("multicast, beside one who wants all and stays", flux -> {
                    Flux<Lease> shared = flux.transform(ByteFlux.multicast(2));
                    return shared.doOnSubscribe(first -> shared.subscribe(new Beside(Long.MAX_VALUE)));
                }),
                text("multicast, beside one who wants few and leaves, too", flux -> {
                    Flux<Lease> shared = flux.transform(ByteFlux.multicast(2));
                    Beside beside = new Beside(1);
                    return shared.doOnSubscribe(first -> shared.subscribe(beside))
                            .doOnCancel(beside::cancel);
                }));
    }

    /** Another subscriber, who closes what it gets and then wants as much again. */
    private static final class Beside extends BaseSubscriber<Lease> {
        private final long atOnce;

        Beside(long atOnce) {
            this.atOnce = atOnce;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(atOnce);
        }

        @Override
        protected void hookOnNext(Lease lease) {
            lease.close();
            request(atOnce);
        }

        @Override
        protected void hookOnError(Throwable failure) {
            // is told to the first one, too
        }
    }

    private static Scheduler refusing() {
        ParkedScheduler refusing = new ParkedScheduler();
        refusing.refuse();
        return refusing;
    }

    private static Operator text(String name, Function<Flux<Lease>, Flux<Lease>> use) {
        return of(name, flux -> flux.transform(use));
    }

    private static Operator of(String name, Function<Flux<Lease>, Flux<?>> use) {
        return new Operator(name, "ByteFlux." + beforeComma(name), TEXT, use);
    }

    private static Operator frames(String name, Function<Flux<Lease>, Flux<Lease>> use) {
        return new Operator(name, "ByteFlux." + beforeComma(name), FRAMES, flux -> flux.transform(use));
    }

    private static Operator leases(String name, Function<Flux<Lease>, Flux<?>> use) {
        return new Operator(name, "Leases." + beforeComma(name), TEXT, use);
    }

    private static String beforeComma(String name) {
        return name.split(",", -1)[0];
    }

    @Override
    public String toString() {
        return name;
    }
}
