package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.netty.ByteBufFlux;

/** What does it cost to make one buffer of 64? */
public class AggregateBenchmark extends BridgeBenchmark {
    private static final int TOGETHER = 64;
    private static final int MOST_BYTES = 1 << 20;

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                    load.buffers(first, TOGETHER)
                            .transform(Leases.adopt())
                            .as(ByteFlux.aggregate(MOST_BYTES))
                            .subscribe(drain);
                }
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                    load.buffers(first, TOGETHER)
                            .collectList()
                            .map(buffers -> Unpooled.wrappedBuffer(buffers.size(), buffers.toArray(new ByteBuf[0])))
                            .subscribe(drain);
                }
            }
        },
        BYTE_BUF_FLUX {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                    ByteBufFlux.fromInbound(new LentFlux(load.buffers(first, TOGETHER)), load.allocator())
                            .aggregate()
                            .retain()
                            .subscribe(drain);
                }
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                    DataBufferUtils.join(load.buffers(first, TOGETHER).map(load.factory()::wrap), MOST_BYTES)
                            .subscribe(drain);
                }
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
        return Model.pieces(bytes, TOGETHER * Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long aggregate() {
        return runAll();
    }
}
