package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;

/** What does it cost to take bytes up to a number, and cut the buffer in which it is reached? */
public class TakeBytesBenchmark extends BridgeBenchmark {
    private static final int TAKEN_BYTES = Load.BUFFERS * Load.BUFFER_BYTES - 500; // half of the last one is left

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.takeBytes(TAKEN_BYTES))
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                DataBufferUtils.takeUntilByteCount(load.dataBuffers(), TAKEN_BYTES)
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
        return Model.pieces(Arrays.copyOf(bytes, TAKEN_BYTES), Load.BUFFER_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long takeBytes() {
        return runAll();
    }
}
