package io.forebay.benchmarks.bridge;

import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/** What does it cost to read a source to its end of which half is wanted, and to release the other half? */
public class DrainOnCancelBenchmark extends BridgeBenchmark {
    private static final int WANTED_BUFFERS = Load.BUFFERS / 2;

    /** Only the bridge's keeps a cancel from the source, whoever cancels; by hand nobody does, and what is not wanted is released. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(Leases.drainOnCancel())
                        .take(WANTED_BUFFERS)
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var first = new HandFirst(WANTED_BUFFERS);
                load.buffers()
                        .<ByteBuf>handle((buffer, sink) -> {
                            if (first.test(buffer)) {
                                sink.next(buffer);
                            } else {
                                buffer.release();
                            }
                        })
                        .subscribe(drain);
            }
        },
        REACTOR_DISCARD {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .filter(new HandFirst(WANTED_BUFFERS))
                        .doOnDiscard(ByteBuf.class, ReferenceCountUtil::safeRelease)
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                load.dataBuffers()
                        .filter(new HandFirst(WANTED_BUFFERS))
                        .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                        .subscribe(drain);
            }
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
        return Model.pieces(Arrays.copyOf(bytes, WANTED_BUFFERS * Load.BUFFER_BYTES), Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long drainOnCancel() {
        return runAll();
    }
}
