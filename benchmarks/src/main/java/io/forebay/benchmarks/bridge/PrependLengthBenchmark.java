package io.forebay.benchmarks.bridge;

import io.forebay.reactor.ByteFlux;
import io.forebay.reactor.Leases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

/** What does it cost to put a length of four bytes in front of each buffer? */
public class PrependLengthBenchmark extends BridgeBenchmark {
    private static final int FIELD_BYTES = Content.LENGTH_FIELD_BYTES;

    public enum Contestant implements Pipeline {
        FOREBAY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers()
                        .transform(Leases.adopt())
                        .transform(ByteFlux.prependLength(FIELD_BYTES))
                        .subscribe(drain);
            }
        },
        REACTOR {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers().map(frame -> joined(frame, load.allocator())).subscribe(drain);
            }
        },
        REACTOR_COPY {
            @Override
            public void run(Load load, Drain drain) {
                load.buffers().map(frame -> copied(frame, load.allocator())).subscribe(drain);
            }
        },
        SPRING {
            @Override
            public void run(Load load, Drain drain) {
                load.dataBuffers().map(frame -> joined(frame, load.factory())).subscribe(drain);
            }
        }
    }

    private static ByteBuf joined(ByteBuf frame, ByteBufAllocator allocator) {
        ByteBuf length = allocator.directBuffer(FIELD_BYTES, FIELD_BYTES).writeInt(frame.readableBytes());
        return Unpooled.wrappedBuffer(/* maxNumComponents= */ 2, length, frame);
    }

    private static ByteBuf copied(ByteBuf frame, ByteBufAllocator allocator) {
        int bytes = frame.readableBytes();
        try {
            return allocator.directBuffer(FIELD_BYTES + bytes).writeInt(bytes).writeBytes(frame);
        } finally {
            frame.release();
        }
    }

    private static DataBuffer joined(DataBuffer frame, NettyDataBufferFactory factory) {
        var length = factory.allocateBuffer(FIELD_BYTES);
        length.getNativeBuffer().writeInt(frame.readableByteCount());
        return factory.join(List.of(length, frame));
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
                .map(Model::prefixed)
                .toList();
    }

    @Benchmark
    @OperationsPerInvocation(Load.BUFFERS)
    public long prependLength() {
        return runAll();
    }
}
