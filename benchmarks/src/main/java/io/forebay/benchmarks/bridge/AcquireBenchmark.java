package io.forebay.benchmarks.bridge;

import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What does it cost to ask for each buffer, in a pipeline, when there is room? */
public class AcquireBenchmark extends BridgeBenchmark {
    /** Only the bridge's can wait, within a budget; the others take what there is. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                Flux.range(0, Load.BUFFERS)
                        .concatMap(i ->
                                load.pool().acquire(Load.BUFFER_BYTES).doOnNext(lease -> load.fill(lease.buffer(), i)))
                        .subscribe(drain);
            }
        },
        FOREBAY_SCOPED {
            @Override
            public void run(Load load, Drain drain) {
                load.pool()
                        .scoped(scope -> Flux.range(0, Load.BUFFERS)
                                .concatMap(i -> scope.acquire(Load.BUFFER_BYTES)
                                        .doOnNext(lease -> load.fill(lease.buffer(), i))))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                Flux.range(0, Load.BUFFERS)
                        .concatMap(i -> Mono.fromSupplier(() -> load.allocator().directBuffer(Load.BUFFER_BYTES))
                                .doOnNext(buffer -> load.fill(buffer, i)))
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                Flux.range(0, Load.BUFFERS)
                        .concatMap(i -> Mono.fromSupplier(() -> load.factory().allocateBuffer(Load.BUFFER_BYTES))
                                .doOnNext(buffer -> load.fill(buffer.getNativeBuffer(), i)))
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
    public long acquire() {
        return runAll();
    }
}
