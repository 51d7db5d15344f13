package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** What does it cost to make lists of buffers, of at most 4096 bytes together? */
public class BufferBytesBenchmark extends BridgeBenchmark {
    private static final int MOST_BYTES = 4096;
    private static final int TOGETHER = MOST_BYTES / Load.BUFFER_BYTES;

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.bufferBytes(MOST_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var list = new HandList(MOST_BYTES);
                load.buffers()
                        .bufferUntil(buffer -> list.isFullBefore(buffer.readableBytes()), /* cutBefore= */ true)
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                var list = new HandList(MOST_BYTES);
                load.dataBuffers()
                        .bufferUntil(buffer -> list.isFullBefore(buffer.readableByteCount()), /* cutBefore= */ true)
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
        return Model.pieces(bytes, TOGETHER * Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long bufferBytes() {
        return runAll();
    }
}
