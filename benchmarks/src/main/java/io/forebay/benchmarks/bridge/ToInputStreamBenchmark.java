package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteStreams;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.netty.ByteBufFlux;

/**
 * What does it cost to read 64 buffers as a stream? Each buffer is there when it is requested, so that the reader never
 * waits: what it costs to wake another thread is not in it, for none of them.
 */
public class ToInputStreamBenchmark extends BridgeBenchmark {
    private static final int TOGETHER = 64;
    private static final int FETCHED_BUFFERS = 16; // ahead of the reader
    private static final int READ_BYTES = 8192; // what readers of streams mostly have room for

    /**
     * The bridge's, Reactor's and Spring's let the reader wait for the next buffer, if need be. For Reactor Netty's, and
     * Spring's that joins, there is a stream when all buffers are there.
     */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            InputStream open(Load load, int first) {
                return load.buffers(first, TOGETHER)
                        .transform(Leases.adopt())
                        .as(ByteStreams.toInputStream(FETCHED_BUFFERS * Load.BUFFER_BYTES));
            }
        },
        REACTOR {
            @Override
            InputStream open(Load load, int first) {
                return new SequenceInputStream(new Streams(load.buffers(first, TOGETHER)
                        .map(buffer -> new ByteBufInputStream(buffer, /* releaseOnClose= */ true))
                        .toIterable(FETCHED_BUFFERS)
                        .iterator()));
            }
        },
        BYTE_BUF_FLUX {
            @Override
            InputStream open(Load load, int first) {
                return Objects.requireNonNull(
                        ByteBufFlux.fromInbound(new LentFlux(load.buffers(first, TOGETHER)), load.allocator())
                                .aggregate()
                                .asInputStream()
                                .block());
            }
        },
        SPRING {
            @Override
            InputStream open(Load load, int first) {
                return DataBufferUtils.subscriberInputStream(
                        load.buffers(first, TOGETHER).map(load.factory()::wrap), FETCHED_BUFFERS);
            }
        },
        SPRING_JOIN {
            @Override
            InputStream open(Load load, int first) {
                return Objects.requireNonNull(
                        DataBufferUtils.join(load.buffers(first, TOGETHER).map(load.factory()::wrap))
                                .map(buffer -> buffer.asInputStream(/* releaseOnClose= */ true))
                                .block());
            }
        };

        abstract InputStream open(Load load, int first);

        @Override
        public void run(Load load, Drain drain) {
            byte[] read = new byte[READ_BYTES];
            for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                try (InputStream stream = open(load, first)) {
                    readAll(stream, read, drain);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
            drain.onComplete();
        }
    }

    private static void readAll(InputStream stream, byte[] read, Drain drain) throws IOException {
        int bytes = stream.readNBytes(read, 0, read.length);
        while (bytes > 0) {
            drain.write(read, 0, bytes);
            bytes = stream.readNBytes(read, 0, read.length);
        }
    }

    @SuppressWarnings("JdkObsolete") // SequenceInputStream takes nothing else
    private record Streams(Iterator<? extends InputStream> iterator) implements Enumeration<InputStream> {
        @Override
        public boolean hasMoreElements() {
            return iterator.hasNext();
        }

        @Override
        public InputStream nextElement() {
            return iterator.next();
        }
    }

    @Param
    public Contestant pipeline;

    @Override
    Pipeline contestant() {
        return pipeline;
    }

    @Override
    List<byte[]> expected(byte[] bytes) {
        return Model.pieces(bytes, TOGETHER * Load.BUFFER_BYTES).stream()
                .flatMap(stream -> Model.pieces(stream, READ_BYTES).stream())
                .toList();
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long toInputStream() {
        return runAll();
    }
}
