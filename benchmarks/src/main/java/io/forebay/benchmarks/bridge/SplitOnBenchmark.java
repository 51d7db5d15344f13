package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.DelimiterBasedFrameDecoder;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import reactor.core.publisher.Flux;

/** What does it cost to split at a delimiter of two bytes, of which there are about 16 in a buffer? */
public class SplitOnBenchmark extends BridgeBenchmark {
    private static final byte[] CR_LF = {'\r', '\n'};
    private static final int MOST_BYTES = 1 << 16;

    /** Spring's does what its {@code StringDecoder} does, without the strings. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.splitOn(CR_LF, MOST_BYTES))
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                var splitter = new SpringSplitter(CR_LF);
                load.dataBuffers()
                        .concatMapIterable(splitter::split)
                        .concatWith(Flux.defer(splitter::rest))
                        .doFinally(end -> splitter.release())
                        .subscribe(drain);
            }
        },
        NETTY {
            @Override
            public void run(Load load, Drain drain) {
                load.decode(new DelimiterBasedFrameDecoder(MOST_BYTES, Unpooled.wrappedBuffer(CR_LF)), drain);
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
    Content content() {
        return Content.CR_LF_LINES;
    }

    @Override
    List<byte[]> expected(byte[] bytes) {
        return Model.split(bytes, "\r\n");
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long splitOn() {
        return runAll();
    }
}
