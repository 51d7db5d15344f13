package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Lease;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;

/** What does it cost to give each buffer to two subscribers, without a copy? */
public class MulticastBenchmark extends BridgeBenchmark {
    private static final int SUBSCRIBERS = 2;

    /**
     * Only the bridge's subscribers have indices of their own. By hand there is a reference for each of them, which is lost
     * where one goes before the other.
     */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                Flux<Lease> shared =
                        load.buffers().transform(Leases.adopt()).transform(ByteFlux.multicast(SUBSCRIBERS));
                shared.subscribe(drain);
                shared.subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                Flux<ByteBuf> shared =
                        load.buffers().doOnNext(ByteBuf::retain).publish().refCount(SUBSCRIBERS);
                shared.subscribe(drain);
                shared.subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                Flux<DataBuffer> shared = load.dataBuffers()
                        .doOnNext(DataBufferUtils::retain)
                        .publish()
                        .refCount(SUBSCRIBERS);
                shared.subscribe(drain);
                shared.subscribe(drain);
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
        return Model.pieces(bytes, Load.BUFFER_BYTES).stream()
                .flatMap(piece -> Stream.of(piece, piece)) // one after the other gets it
                .toList();
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long multicast() {
        return runAll();
    }
}
