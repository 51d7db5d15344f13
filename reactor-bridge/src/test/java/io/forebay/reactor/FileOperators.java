package io.forebay.reactor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Files and streams for the suites that hold for all: written and read on the thread that asks. */
final class FileOperators {
    private static final Scheduler HERE = Schedulers.immediate();
    private static final int FILE_BYTES = 4;
    private static final Path READ = file(FILE_BYTES);
    private static final Path WRITTEN = file(0);

    private FileOperators() {}

    private static Path file(int bytes) {
        try {
            Path file = Files.write(Files.createTempFile("forebay", ""), new byte[bytes]);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    static Stream<Operator> writing() {
        return Stream.of(
                operator(
                        "write, a stream",
                        "ByteStreams.write",
                        flux -> flux.as(ByteStreams.write(OutputStream::nullOutputStream, HERE))),
                operator(
                        "write, after adopt",
                        "ByteStreams.write",
                        flux -> flux.transform(Leases.detach())
                                .transform(Leases.adopt())
                                .as(ByteStreams.write(OutputStream::nullOutputStream, HERE))),
                operator(
                        "write, a stream that fails",
                        "ByteStreams.write",
                        flux -> flux.as(ByteStreams.write(FileOperators::failingStream, HERE))),
                operator(
                        "write, a stream that is not opened",
                        "ByteStreams.write",
                        flux -> flux.as(ByteStreams.write(FileOperators::noStream, HERE))),
                operator(
                        "write, a file",
                        "ByteFiles.write(Path, Scheduler, OpenOption[])",
                        flux -> flux.as(ByteFiles.write(WRITTEN, HERE))),
                operator(
                        "write, a channel",
                        "ByteFiles.write(FileChannel, long, Scheduler)",
                        flux -> withChannel(channel -> flux.as(ByteFiles.write(channel, 0, HERE)))),
                operator(
                        "write, an asynchronous channel",
                        "ByteFiles.write(AsynchronousFileChannel, long)",
                        flux -> flux.as(ByteFiles.write(new HereChannel(0), 0))),
                operator(
                        "writePositions, a file",
                        "ByteFiles.writePositions(Path, Scheduler, OpenOption[])",
                        flux -> flux.transform(ByteFiles.writePositions(WRITTEN, HERE))),
                operator(
                        "writePositions, a channel",
                        "ByteFiles.writePositions(FileChannel, long, Scheduler)",
                        flux -> withChannel(channel -> flux.transform(ByteFiles.writePositions(channel, 0, HERE)))),
                operator(
                        "writePositions, an asynchronous channel",
                        "ByteFiles.writePositions(AsynchronousFileChannel, long)",
                        flux -> flux.transform(ByteFiles.writePositions(new HereChannel(0), 0))));
    }

    private static Operator operator(String name, String of, Function<Flux<Lease>, Publisher<?>> use) {
        return new Operator(name, of, Operator.TEXT, flux -> Flux.from(use.apply(flux)));
    }

    private static <T> Flux<T> withChannel(Function<FileChannel, Publisher<T>> use) {
        return Flux.using(() -> FileChannel.open(WRITTEN, StandardOpenOption.WRITE), use, FileOperators::close);
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

    /** All of a file of a few bytes. */
    static Flux<Lease> readFile(Memory memory, int chunkBytes) {
        return ByteFiles.read(READ, memory::acquire, chunkBytes, HERE);
    }

    /** At most so many bytes of it. */
    static Flux<Lease> readChannel(Memory memory, int bytes, int chunkBytes) {
        return Flux.using(
                () -> FileChannel.open(READ),
                channel -> ByteFiles.read(channel, 0, bytes, memory::acquire, chunkBytes, HERE),
                FileOperators::close);
    }

    static Flux<Lease> readAsynchronously(Memory memory, int bytes, int chunkBytes) {
        return ByteFiles.read(new HereChannel(bytes), 0, Long.MAX_VALUE, memory::acquire, chunkBytes);
    }

    private static void close(AutoCloseable closed) {
        try {
            closed.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
