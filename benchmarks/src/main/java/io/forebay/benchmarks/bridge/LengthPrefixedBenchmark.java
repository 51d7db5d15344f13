package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** What does it cost to make frames that follow their length, of which there are about 7 in a buffer? */
public class LengthPrefixedBenchmark extends BridgeBenchmark {
    private static final int MOST_BYTES = 1 << 16;

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.lengthPrefixed(Content.LENGTH_FIELD_BYTES, MOST_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var decoder = new HandDecoder(load.allocator(), HandDecoder::frame);
                load.buffers()
                        .concatMapIterable(decoder::decode)
                        .doFinally(end -> decoder.release())
                        .subscribe(drain);
            }
        },
        NETTY {
            @Override
            public void run(Load load, Drain drain) {
                int field = Content.LENGTH_FIELD_BYTES;
                load.decode(
                        new LengthFieldBasedFrameDecoder(MOST_BYTES, 0, field, 0, /* initialBytesToStrip= */ field),
                        drain);
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
        return Content.FRAMES;
    }

    @Override
    List<byte[]> expected(byte[] bytes) {
        return Model.frames(bytes);
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long frames() {
        return runAll();
    }
}
