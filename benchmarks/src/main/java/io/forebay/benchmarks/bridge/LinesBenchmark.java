package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import reactor.core.publisher.Flux;

/** What does it cost to make lines, of which there are about 16 in a buffer? */
public class LinesBenchmark extends BridgeBenchmark {
    private static final int MOST_BYTES = 1 << 16;

    /** Spring's does what its {@code StringDecoder} does, without the strings. */
    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.lines(MOST_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var decoder = new HandDecoder(load.allocator(), HandDecoder::line);
                load.buffers()
                        .concatMapIterable(decoder::decode)
                        .doFinally(end -> decoder.release())
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                var splitter = new SpringSplitter(new byte[] {'\n'});
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
                load.decode(new LineBasedFrameDecoder(MOST_BYTES), drain);
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
        return Content.LINES;
    }

    @Override
    List<byte[]> expected(byte[] bytes) {
        return Model.split(bytes, "\n");
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long lines() {
        return runAll();
    }
}
