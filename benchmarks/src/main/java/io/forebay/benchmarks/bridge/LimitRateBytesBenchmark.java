package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/**
 * What does it cost to ask for no more than 16 buffers ahead, where each is released at once? Nobody waits: what it costs to
 * ask again when one is released, and on which thread, is not in it.
 */
public class LimitRateBytesBenchmark extends BridgeBenchmark {
    private static final int AHEAD_BUFFERS = 16;

    /** Only the bridge's counts bytes, and until they are released; the others count elements, and until they are passed on. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.limitRateBytes(AHEAD_BUFFERS * Load.BUFFER_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers().limitRate(AHEAD_BUFFERS).subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                load.dataBuffers().limitRate(AHEAD_BUFFERS).subscribe(drain);
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
    public long limitRateBytes() {
        return runAll();
    }
}
