package io.forebay.reactor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Files and streams for the kit of Reactive Streams, on the thread at hand and elsewhere. */
final class TckFiles {
    private static final long MANY = Long.MAX_VALUE - 1;
    private static final Scheduler HERE = Schedulers.immediate();
    private static final Scheduler ELSEWHERE = Schedulers.boundedElastic();
    private static final Path NONE = Path.of("none", "such");

    private TckFiles() {}

    static Stream<TckSubject> all() {
        return Stream.of(reading(), writing(), positions())
                .flatMap(subjects -> subjects)
                .map(TckSubject::elsewhere); // most of them
    }

    private static Stream<TckSubject> reading() {
        ReactiveBufferPool pool = TckSubject.pool();
        return Stream.of(
                source(
                        "read, a stream",
                        "ByteStreams.read",
                        MANY,
                        elements -> ByteStreams.read(() -> new Zeros(elements), pool::acquire, 1, HERE),
                        ByteStreams.read(TckFiles::noStream, pool::acquire, 1, HERE)),
                source(
                        "read, a stream elsewhere",
                        "ByteStreams.read",
                        MANY,
                        elements -> ByteStreams.read(() -> new Zeros(elements), pool::acquire, 1, ELSEWHERE),
                        ByteStreams.read(TckFiles::noStream, pool::acquire, 1, ELSEWHERE)),
                source(
                        "read, a file",
                        "ByteFiles.read(Path, IntFunction, int, Scheduler)",
                        TckSubject.FEW,
                        elements -> ByteFiles.read(file(elements), pool::acquire, 1, ELSEWHERE),
                        ByteFiles.read(NONE, pool::acquire, 1, ELSEWHERE)),
                source(
                        "read, a channel",
                        "ByteFiles.read(FileChannel, long, long, IntFunction, int, Scheduler)",
                        TckSubject.FEW,
                        elements -> with(
                                () -> FileChannel.open(file(elements)),
                                channel -> ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 1, ELSEWHERE)),
                        ByteFiles.read(closed(TckFiles::written), 0, Long.MAX_VALUE, pool::acquire, 1, ELSEWHERE)),
                source(
                        "read, a file by its own threads",
                        "ByteFiles.read(AsynchronousFileChannel, long, long, IntFunction, int)",
                        TckSubject.FEW,
                        elements -> with(
                                () -> AsynchronousFileChannel.open(file(elements)),
                                channel -> ByteFiles.read(channel, 0, Long.MAX_VALUE, pool::acquire, 1)),
                        ByteFiles.read(closed(TckFiles::asynchronous), 0, Long.MAX_VALUE, pool::acquire, 1)),
                source(
                        "read, an asynchronous file that answers within the call",
                        "ByteFiles.read(AsynchronousFileChannel, long, long, IntFunction, int)",
                        MANY,
                        elements -> ByteFiles.read(new HereChannel(elements), 0, Long.MAX_VALUE, pool::acquire, 1),
                        ByteFiles.read(closed(() -> new HereChannel(1)), 0, Long.MAX_VALUE, pool::acquire, 1)));
    }

    private static Stream<TckSubject> writing() {
        return Stream.of(
                write(
                        "write, a stream",
                        "ByteStreams.write",
                        flux -> flux.as(ByteStreams.write(OutputStream::nullOutputStream, HERE))),
                write(
                        "write, a stream elsewhere",
                        "ByteStreams.write",
                        flux -> flux.as(ByteStreams.write(OutputStream::nullOutputStream, ELSEWHERE))),
                write(
                        "write, a file",
                        "ByteFiles.write(Path, Scheduler, OpenOption[])",
                        flux -> flux.as(ByteFiles.write(file(0), ELSEWHERE))),
                write(
                        "write, a channel",
                        "ByteFiles.write(FileChannel, long, Scheduler)",
                        flux -> with(TckFiles::written, channel -> flux.as(ByteFiles.write(channel, 0, ELSEWHERE)))),
                write(
                        "write, a file by its own threads",
                        "ByteFiles.write(AsynchronousFileChannel, long)",
                        flux -> with(TckFiles::asynchronous, channel -> flux.as(ByteFiles.write(channel, 0)))));
    }

    private static TckSubject write(String name, String of, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return TckSubject.each(name, of, 1, "x", operator);
    }

    private static Stream<TckSubject> positions() {
        return Stream.of(
                positions(
                        "writePositions, a file",
                        "ByteFiles.writePositions(Path, Scheduler, OpenOption[])",
                        flux -> flux.transform(ByteFiles.writePositions(file(0), HERE))),
                positions(
                        "writePositions, a file elsewhere",
                        "ByteFiles.writePositions(Path, Scheduler, OpenOption[])",
                        flux -> flux.transform(ByteFiles.writePositions(file(0), ELSEWHERE))),
                positions(
                        "writePositions, a channel",
                        "ByteFiles.writePositions(FileChannel, long, Scheduler)",
                        flux -> with(
                                TckFiles::written,
                                channel -> flux.transform(ByteFiles.writePositions(channel, 0, ELSEWHERE)))),
                positions(
                        "writePositions, a file by its own threads",
                        "ByteFiles.writePositions(AsynchronousFileChannel, long)",
                        flux -> with(
                                TckFiles::asynchronous,
                                channel -> flux.transform(ByteFiles.writePositions(channel, 0)))));
    }

    private static TckSubject positions(
            String name, String of, Function<Flux<Lease>, ? extends Publisher<?>> operator) {
        return TckSubject.each(name, of, MANY, "x", operator);
    }

    private static TckSubject source(
            String name, String of, long most, LongFunction<Publisher<?>> elements, Publisher<?> failed) {
        return new TckSubject(name, of, most, elements, failed);
    }

    private static <C extends AutoCloseable, T> Flux<T> with(
            Callable<C> opener, Function<C, ? extends Publisher<T>> use) {
        return Flux.using(opener, use, TckFiles::close);
    }

    private static FileChannel written() throws IOException {
        return FileChannel.open(file(0), StandardOpenOption.WRITE);
    }

    private static AsynchronousFileChannel asynchronous() throws IOException {
        return AsynchronousFileChannel.open(file(0), StandardOpenOption.WRITE);
    }

    private static <C extends Channel> C closed(Callable<C> opener) {
        try {
            C channel = opener.call();
            channel.close();
            return channel;
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private static InputStream noStream() throws IOException {
        throw new IOException("failed");
    }

    @SuppressWarnings("InputStreamSlowMultibyteRead") // one byte is read at a time
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            this.left = count;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            left--;
            return 0;
        }
    }

    private static Path file(long bytes) {
        try {
            byte[] zeros = new byte[(int) Math.min(bytes, TckSubject.FEW)];
            Path file = Files.write(Files.createTempFile("tck", ""), zeros);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void close(AutoCloseable closed) {
        try {
            closed.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
