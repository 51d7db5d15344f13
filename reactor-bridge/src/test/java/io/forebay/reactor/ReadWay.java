package io.forebay.reactor;

import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Every way to read a part of a file. */
enum ReadWay {
    PATH,
    CHANNEL,
    ASYNC,
    STREAM;

    Flux<Lease> read(Path file, long position, long bytes, int chunkBytes, ReactiveBufferPool pool) {
        return switch (this) {
            case PATH ->
                ByteFiles.read(file, pool::acquire, chunkBytes, Schedulers.immediate())
                        .transform(ByteFlux.skipBytes(position))
                        .transform(ByteFlux.takeBytes(bytes));
            case CHANNEL ->
                Flux.using(
                        () -> FileChannel.open(file),
                        channel -> ByteFiles.read(
                                channel, position, bytes, pool::acquire, chunkBytes, Schedulers.single()),
                        ReadWay::close);
            case ASYNC ->
                Flux.using(
                        () -> AsynchronousFileChannel.open(file),
                        channel -> ByteFiles.read(channel, position, bytes, pool::acquire, chunkBytes),
                        ReadWay::close);
            case STREAM ->
                ByteStreams.read(
                                () -> Files.newInputStream(file),
                                pool::acquire,
                                chunkBytes,
                                Schedulers.boundedElastic())
                        .transform(ByteFlux.skipBytes(position))
                        .transform(ByteFlux.takeBytes(bytes));
        };
    }

    private static void close(AutoCloseable closed) {
        try {
            closed.close();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
