package io.forebay.benchmarks.bridge;

import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.netty.ByteBufFlux;

/** What does it cost that a buffer flows as a lease, where nothing is done to it? */
public class PassThroughBenchmark extends BridgeBenchmark {
    /** Buffers are safe from operators that discard them; arrays need not be. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers().transform(Leases.adopt()).subscribe(drain);
            }
        },
        FOREBAY_SCOPED {
            @Override
            public void run(Load load, Drain drain) {
                load.pool().scoped(scope -> load.buffers().map(scope::adopt)).subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .doOnDiscard(ByteBuf.class, ReferenceCountUtil::safeRelease)
                        .subscribe(drain);
            }
        },
        BYTE_ARRAYS {
            @Override
            public void run(Load load, Drain drain) {
                Flux.range(0, Load.BUFFERS).map(i -> load.content(i).clone()).subscribe(drain);
            }
        },
        BYTE_BUF_FLUX {
            @Override
            public void run(Load load, Drain drain) {
                ByteBufFlux.fromInbound(load.buffers(), load.allocator()).subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                load.dataBuffers()
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
        return Model.pieces(bytes, Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long passThrough() {
        return runAll();
    }
}
