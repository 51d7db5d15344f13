package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** What does it cost to tell with each buffer how many bytes there have been? */
public class ProgressBenchmark extends BridgeBenchmark {
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.progress(drain::count))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var progress = new HandProgress(drain::count);
                load.buffers()
                        .doOnNext(buffer -> progress.add(buffer.readableBytes()))
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                var progress = new HandProgress(drain::count);
                load.dataBuffers()
                        .doOnNext(buffer -> progress.add(buffer.readableByteCount()))
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
        var expected = new ArrayList<byte[]>();
        long passedBytes = 0;
        for (byte[] piece : Model.pieces(bytes, Load.BUFFER_BYTES)) {
            passedBytes += piece.length;
            expected.add(Model.number(passedBytes));
            expected.add(piece);
        }
        return expected;
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long progress() {
        return runAll();
    }
}
