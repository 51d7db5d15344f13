package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.StringDecoder;

/** What does it cost to make lines that are strings, of which there are about 16 in a buffer? */
public class LinesOfTextBenchmark extends BridgeBenchmark {
    private static final int MOST_BYTES = 1 << 16;
    private static final ResolvableType TEXT = ResolvableType.forClass(String.class);

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.linesAsString(MOST_BYTES, StandardCharsets.UTF_8))
                        .subscribe(drain);
            }
        },
        FOREBAY_CONSUME {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.lines(MOST_BYTES))
                        .transform(Leases.consume(line -> line.toString(StandardCharsets.UTF_8)))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                var decoder = new HandDecoder(load.allocator(), HandDecoder::line);
                load.buffers()
                        .concatMapIterable(decoder::decode)
                        .map(LinesOfTextBenchmark::text)
                        .doFinally(end -> decoder.release())
                        .subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                StringDecoder.textPlainOnly(List.of("\n"), /* stripDelimiter= */ true)
                        .decode(load.dataBuffers(), TEXT, /* mimeType= */ null, /* hints= */ null)
                        .subscribe(drain);
            }
        }
    }

    private static String text(ByteBuf line) {
        try {
            return line.toString(StandardCharsets.UTF_8);
        } finally {
            line.release();
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
