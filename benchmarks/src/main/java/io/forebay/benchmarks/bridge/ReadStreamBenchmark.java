package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteStreams;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * What does it cost to read a stream into buffers, 64 until its end? On the thread that requests: the change to one that may
 * block is not in it.
 */
public class ReadStreamBenchmark extends BridgeBenchmark {
    /** Only the bridge's can wait for memory, within a budget; the others take what there is. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += Load.BLOCK_BUFFERS) {
                    ByteStreams.read(load::stream, load.pool()::acquire, Load.BUFFER_BYTES, Schedulers.immediate())
                            .subscribe(drain);
                }
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += Load.BLOCK_BUFFERS) {
                    Flux.<ByteBuf, InputStream>generate(
                                    load::stream,
                                    (stream, sink) -> {
                                        read(stream, load.allocator().directBuffer(Load.BUFFER_BYTES), sink);
                                        return stream;
                                    },
                                    ReadStreamBenchmark::close)
                            .subscribe(drain);
                }
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += Load.BLOCK_BUFFERS) {
                    DataBufferUtils.readInputStream(load::stream, load.factory(), Load.BUFFER_BYTES)
                            .subscribe(drain);
                }
            }
        }
    }

    private static void read(InputStream stream, ByteBuf buffer, SynchronousSink<ByteBuf> sink) {
        try {
            if (buffer.writeBytes(stream, buffer.writableBytes()) >= 0) {
                sink.next(buffer);
            } else {
                buffer.release();
                sink.complete();
            }
        } catch (IOException failure) {
            buffer.release();
            sink.error(failure);
        }
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException failure) {
            throw Exceptions.propagate(failure);
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
        return Model.pieces(bytes, Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long readStream() {
        return runAll();
    }
}
