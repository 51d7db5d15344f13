package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteStreams;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.Exceptions;
import reactor.core.scheduler.Schedulers;

/**
 * What does it cost to write buffers to a stream, which does nothing with the bytes? On the thread that brings them: the
 * change to one that may block is not in it.
 */
public class WriteStreamBenchmark extends BridgeBenchmark {
    /** Only the bridge's closes the stream. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .as(ByteStreams.write(drain::stream, Schedulers.immediate()))
                        .then()
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                OutputStream stream = drain.stream();
                load.buffers().doOnNext(buffer -> write(buffer, stream)).then().subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                DataBufferUtils.write(load.dataBuffers(), drain.stream())
                        .doOnNext(DataBufferUtils.releaseConsumer())
                        .then()
                        .subscribe(drain);
            }
        }
    }

    private static void write(ByteBuf buffer, OutputStream stream) {
        try {
            buffer.readBytes(stream, buffer.readableBytes());
        } catch (IOException failure) {
            throw Exceptions.propagate(failure);
        } finally {
            buffer.release();
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
    public long writeStream() {
        return runAll();
    }
}
