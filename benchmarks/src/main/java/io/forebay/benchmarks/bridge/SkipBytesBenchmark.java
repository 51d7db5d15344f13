package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBufferUtils;

/** What does it cost to skip half of all bytes, cut the buffer in which that is reached, and pass on the rest? */
public class SkipBytesBenchmark extends BridgeBenchmark {
    private static final int PASSED_BUFFERS = Load.BUFFERS / 2; // and half of one before them
    private static final int HALF_BYTES = Load.BUFFER_BYTES / 2;
    private static final int SKIPPED_BYTES = (Load.BUFFERS - PASSED_BUFFERS) * Load.BUFFER_BYTES - HALF_BYTES;

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.skipBytes(SKIPPED_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers().handle(new HandSkip(SKIPPED_BYTES)).subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                DataBufferUtils.skipUntilByteCount(load.dataBuffers(), SKIPPED_BYTES)
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
        int wholeFrom = SKIPPED_BYTES + HALF_BYTES;
        byte[] cut = Arrays.copyOfRange(bytes, SKIPPED_BYTES, wholeFrom);
        byte[] whole = Arrays.copyOfRange(bytes, wholeFrom, bytes.length);
        return Stream.concat(Stream.of(cut), Model.pieces(whole, Load.BUFFER_BYTES).stream())
                .toList();
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long skipBytes() {
        return runAll();
    }
}
