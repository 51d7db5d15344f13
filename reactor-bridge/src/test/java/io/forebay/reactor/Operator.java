package io.forebay.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Every operator, for what must hold for all of them.
 *
 * @param input what makes it emit several elements
 */
record Operator(String name, List<byte[]> input, Function<Flux<Lease>, Flux<?>> use) {
    static final List<byte[]> TEXT =
            List.of("a\nbc".getBytes(UTF_8), "d\r".getBytes(UTF_8), "\nef\n".getBytes(UTF_8), "gh".getBytes(UTF_8));
    private static final List<byte[]> FRAMES =
            List.of(new byte[] {0, 1, 'x', 0}, new byte[] {2, 'y'}, new byte[] {'z', 0}, new byte[] {1, 'w'});

    static Stream<Operator> all() {
        return Stream.of(
                text("rechunk, larger", ByteFlux.rechunk(5)),
                text("rechunk, smaller", ByteFlux.rechunk(1)),
                text("takeBytes", ByteFlux.takeBytes(5)),
                text("skipBytes", ByteFlux.skipBytes(5)),
                text("limitBytes, within", ByteFlux.limitBytes(100)),
                text("limitBytes, beyond", ByteFlux.limitBytes(7)),
                text("splitOn", ByteFlux.splitOn(new byte[] {'\r', '\n'}, 100)),
                text("splitOn, beyond", ByteFlux.splitOn(new byte[] {'\r', '\n'}, 2)),
                text("lines", ByteFlux.lines(100)),
                text("lines, beyond", ByteFlux.lines(2)),
                new Operator("linesAsString", TEXT, flux -> flux.transform(ByteFlux.linesAsString(100, UTF_8))),
                new Operator("linesAsString, beyond", TEXT, flux -> flux.transform(ByteFlux.linesAsString(2, UTF_8))),
                new Operator(
                        "lines and consume",
                        TEXT,
                        flux -> flux.transform(ByteFlux.lines(100)).transform(Leases.consume(ByteBuf::readableBytes))),
                new Operator(
                        "lines and consume, throwing",
                        TEXT,
                        flux -> flux.transform(ByteFlux.lines(100)).transform(Leases.consume(buffer -> {
                            if (buffer.readableBytes() == 2) {
                                throw new IllegalStateException("boom");
                            }
                            return buffer.readableBytes();
                        }))),
                new Operator("lengthPrefixed", FRAMES, flux -> flux.transform(ByteFlux.lengthPrefixed(2, 100))),
                new Operator("lengthPrefixed, beyond", FRAMES, flux -> flux.transform(ByteFlux.lengthPrefixed(2, 1))),
                text("prependLength", ByteFlux.prependLength(2)),
                new Operator(
                        "aggregate",
                        TEXT,
                        flux -> flux.as(ByteFlux.aggregate(100)).flux()),
                new Operator(
                        "aggregate, beyond",
                        TEXT,
                        flux -> flux.as(ByteFlux.aggregate(3)).flux()),
                new Operator("asString", TEXT, flux -> flux.transform(ByteFlux.asString(UTF_8))),
                new Operator("asByteArray", TEXT, flux -> flux.transform(ByteFlux.asByteArray())),
                new Operator(
                        "consume, throwing",
                        TEXT,
                        flux -> flux.transform(Leases.consume(buffer -> {
                            if (buffer.readableBytes() == 2) {
                                throw new IllegalStateException("boom");
                            }
                            return buffer.readableBytes();
                        }))),
                new Operator(
                        "consume, without memory",
                        TEXT,
                        flux -> flux.transform(Leases.consume(buffer -> {
                            throw new OutOfMemoryError("none left");
                        }))),
                new Operator("detach", TEXT, flux -> flux.transform(Leases.detach())),
                new Operator(
                        "detach lines",
                        TEXT,
                        flux -> flux.transform(ByteFlux.lines(100)).transform(Leases.detach())),
                new Operator(
                        "detach and adopt",
                        TEXT,
                        flux -> flux.transform(Leases.detach()).transform(Leases.adopt())),
                adopted("rechunk", ByteFlux.rechunk(3)),
                adopted("progress", ByteFlux.progress(bytes -> {})),
                adopted("bufferBytes", ByteFlux.bufferBytes(5)),
                adopted("aggregate", flux -> flux.as(ByteFlux.aggregate(100)).flux()),
                new Operator("bufferBytes", TEXT, flux -> flux.transform(ByteFlux.bufferBytes(5))),
                new Operator("bufferBytes, smaller", TEXT, flux -> flux.transform(ByteFlux.bufferBytes(1))),
                text("limitRateBytes", ByteFlux.limitRateBytes(100)),
                text("limitRateBytes, one at a time", ByteFlux.limitRateBytes(1)),
                text("multicast", ByteFlux.multicast(1)),
                text("progress", ByteFlux.progress(bytes -> {})),
                text("progress, throwing", ByteFlux.progress(bytes -> {
                    if (bytes > 7) {
                        throw new IllegalStateException("boom");
                    }
                })),
                new Operator(
                        "write",
                        TEXT,
                        flux -> flux.as(ByteStreams.write(OutputStream::nullOutputStream, Schedulers.immediate()))
                                .flux()),
                new Operator(
                        "write, failing",
                        TEXT,
                        flux -> flux.as(ByteStreams.write(Operator::failingStream, Schedulers.immediate()))
                                .flux()),
                new Operator(
                        "write, not opened",
                        TEXT,
                        flux -> flux.as(ByteStreams.write(Operator::noStream, Schedulers.immediate()))
                                .flux()),
                new Operator(
                        "writePositions",
                        TEXT,
                        flux -> flux.transform(ByteFiles.writePositions(
                                () -> new StreamOutput(OutputStream.nullOutputStream()), Schedulers.immediate()))),
                text("two in a row", flux -> flux.transform(ByteFlux.lines(100)).transform(ByteFlux.rechunk(3))));
    }

    /** Leases that are made in the operator's own subscription. */
    private static Operator adopted(String name, Function<Flux<Lease>, ? extends Flux<?>> use) {
        return new Operator(
                "detach, adopt and " + name,
                TEXT,
                flux -> use.apply(flux.transform(Leases.detach()).transform(Leases.adopt())));
    }

    private static OutputStream failingStream() {
        return new OutputStream() {
            private int written;

            @Override
            public void write(int b) throws IOException {
                written++;
                if (written > 7) {
                    throw new IOException("disk full");
                }
            }
        };
    }

    private static OutputStream noStream() throws IOException {
        throw new IOException("no such device");
    }

    private static Operator text(String name, Function<Flux<Lease>, Flux<Lease>> use) {
        return new Operator(name, TEXT, flux -> flux.transform(use));
    }

    @Override
    public String toString() {
        return name;
    }
}
