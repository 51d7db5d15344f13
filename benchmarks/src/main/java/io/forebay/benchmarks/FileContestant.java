package io.forebay.benchmarks;

import io.forebay.reactor.ByteFiles;
import io.forebay.reactor.Lease;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.NettyDataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Ways through a file chunk by chunk, all with buffers of the same allocator. Each blocks until it is through. */
enum FileContestant {
    BRIDGE {
        @Override
        long read(FileLoad load, Path file) {
            return sum(ByteFiles.read(file, load.pool()::acquire, FileLoad.CHUNK_BYTES, Schedulers.boundedElastic())
                    .map(FileContestant::take));
        }

        @Override
        void write(FileLoad load, Path file) {
            await(load.chunks().map(Lease::adopt).as(ByteFiles.write(file, Schedulers.boundedElastic())));
        }
    },
    /** As Spring reads and writes a path: an asynchronous channel. */
    SPRING {
        @Override
        long read(FileLoad load, Path file) {
            return sum(DataBufferUtils.read(file, load.factory(), FileLoad.CHUNK_BYTES)
                    .map(FileContestant::take));
        }

        @Override
        void write(FileLoad load, Path file) {
            await(DataBufferUtils.write(load.dataBuffers(), file, FileLoad.REPLACE)
                    .thenReturn(true));
        }
    },
    /** As Spring reads and writes a channel that blocks; on the same scheduler as the bridge. */
    SPRING_CHANNEL {
        @Override
        long read(FileLoad load, Path file) {
            return sum(
                    DataBufferUtils.readByteChannel(() -> FileChannel.open(file), load.factory(), FileLoad.CHUNK_BYTES)
                            .map(FileContestant::take)
                            .subscribeOn(Schedulers.boundedElastic()));
        }

        @Override
        void write(FileLoad load, Path file) throws IOException {
            try (FileChannel channel = FileChannel.open(file, FileLoad.REPLACE)) {
                await(DataBufferUtils.write(load.dataBuffers(), channel)
                        .doOnNext(DataBufferUtils::release)
                        .subscribeOn(Schedulers.boundedElastic())
                        .then(Mono.just(true)));
            }
        }
    },
    /** A loop over one buffer. */
    NIO {
        @Override
        long read(FileLoad load, Path file) throws IOException {
            long sum = 0;
            ByteBuf buffer = load.emptyChunk();
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer chunk = buffer.internalNioBuffer(0, FileLoad.CHUNK_BYTES);
                while (channel.read(chunk.clear()) > 0) {
                    sum += chunk.getLong(0);
                }
            } finally {
                buffer.release();
            }
            return sum;
        }

        @Override
        void write(FileLoad load, Path file) throws IOException {
            ByteBuf buffer = load.emptyChunk();
            try (FileChannel channel = FileChannel.open(file, FileLoad.REPLACE)) {
                ByteBuffer chunk = buffer.internalNioBuffer(0, FileLoad.CHUNK_BYTES);
                for (int i = 0; i < load.chunkCount(); i++) {
                    chunk.clear().putLong(0, i);
                    while (chunk.hasRemaining()) {
                        channel.write(chunk);
                    }
                }
            } finally {
                buffer.release();
            }
        }
    };

    /** The sum of all chunks' stamps. */
    abstract long read(FileLoad load, Path file) throws IOException;

    /** Writes all chunks; the file is not there yet. */
    abstract void write(FileLoad load, Path file) throws IOException;

    private static long take(Lease lease) {
        try (lease) {
            return lease.buffer().getLong(0);
        }
    }

    private static long take(DataBuffer chunk) {
        try {
            return ((NettyDataBuffer) chunk).getNativeBuffer().getLong(0);
        } finally {
            DataBufferUtils.release(chunk);
        }
    }

    private static long sum(Flux<Long> stamps) {
        return await(stamps.reduce(0L, Long::sum));
    }

    private static <T> T await(Mono<T> end) {
        return Objects.requireNonNull(end.block());
    }
}
