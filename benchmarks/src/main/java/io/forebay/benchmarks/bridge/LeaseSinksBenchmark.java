package io.forebay.benchmarks.bridge;

import io.forebay.reactor.Lease;
import io.forebay.reactor.LeaseSink;
import io.forebay.reactor.LeaseSinks;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Sinks;

/** What does it cost to emit 64 buffers into a sink whose subscriber is there and wants all? */
public class LeaseSinksBenchmark extends BridgeBenchmark {
    private static final int TOGETHER = 64;
    private static final long MOST_BYTES = 1 << 20;

    /** Only what waits in the bridge's is bounded. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            void emit(Load load, int first, Drain drain) {
                LeaseSink sink = LeaseSinks.unicast(MOST_BYTES);
                sink.asFlux().subscribe(drain);
                for (int i = first; i < first + TOGETHER; i++) {
                    sink.emitOrRelease(Lease.adopt(load.buffer(i))).orThrow();
                }
                sink.tryEmitComplete().orThrow();
            }
        },
        REACTOR {
            @Override
            void emit(Load load, int first, Drain drain) {
                Sinks.Many<ByteBuf> sink = Sinks.many().unicast().onBackpressureBuffer();
                sink.asFlux().subscribe(drain);
                for (int i = first; i < first + TOGETHER; i++) {
                    ByteBuf buffer = load.buffer(i);
                    Sinks.EmitResult result = sink.tryEmitNext(buffer);
                    if (result.isFailure()) {
                        buffer.release();
                        result.orThrow();
                    }
                }
                sink.tryEmitComplete().orThrow();
            }
        },
        SPRING {
            @Override
            void emit(Load load, int first, Drain drain) {
                Sinks.Many<DataBuffer> sink = Sinks.many().unicast().onBackpressureBuffer();
                sink.asFlux().subscribe(drain);
                for (int i = first; i < first + TOGETHER; i++) {
                    DataBuffer buffer = load.factory().wrap(load.buffer(i));
                    Sinks.EmitResult result = sink.tryEmitNext(buffer);
                    if (result.isFailure()) {
                        DataBufferUtils.release(buffer);
                        result.orThrow();
                    }
                }
                sink.tryEmitComplete().orThrow();
            }
        };

        abstract void emit(Load load, int first, Drain drain);

        @Override
        public void run(Load load, Drain drain) {
            for (int first = 0; first < Load.BUFFERS; first += TOGETHER) {
                emit(load, first, drain);
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
    public long leaseSinks() {
        return runAll();
    }
}
