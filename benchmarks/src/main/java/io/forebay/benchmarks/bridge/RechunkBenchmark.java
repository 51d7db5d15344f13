package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import reactor.core.publisher.Flux;

/** What does it cost to make pieces of 4096 bytes of buffers of 1000? */
public class RechunkBenchmark extends BridgeBenchmark {
    private static final int PIECE_BYTES = 4096; // 250 of them: Netty's decoder drops what does not fill one

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.rechunk(PIECE_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var cutter = new HandCutter(PIECE_BYTES);
                load.buffers()
                        .concatMapIterable(cutter::cut)
                        .concatWith(Flux.defer(cutter::rest))
                        .doFinally(end -> cutter.release())
                        .subscribe(drain);
            }
        },
        REACTOR_COPY {
            @Override
            public void run(Load load, Drain drain) {
                var copier = new HandCopier(load.allocator(), PIECE_BYTES);
                load.buffers()
                        .concatMapIterable(copier::cut)
                        .concatWith(Flux.defer(copier::rest))
                        .doFinally(end -> copier.release())
                        .subscribe(drain);
            }
        },
        NETTY {
            @Override
            public void run(Load load, Drain drain) {
                load.decode(new FixedLengthFrameDecoder(PIECE_BYTES), drain);
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
        return Model.pieces(bytes, PIECE_BYTES);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long rechunk() {
        return runAll();
    }
}
