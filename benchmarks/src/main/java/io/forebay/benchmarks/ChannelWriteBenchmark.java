package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does a buffer cost, in time and garbage, that is written to an NIO channel? The channel does nothing. */
@State(Scope.Thread)
public class ChannelWriteBenchmark extends EventLoopBenchmark {
    private final NullChannel channel = new NullChannel();

    @Param({"1024", "65536"})
    public int size;

    @Benchmark
    public int allocateWriteRelease(Contestant contestant) throws IOException {
        ByteBuf buffer = contestant.allocate(size);
        buffer.writerIndex(size);
        int written = buffer.readBytes(channel, size); // through internalNioBuffer, as Netty's NIO transport does
        buffer.release();
        return written;
    }

    /** Accepts everything at once. */
    private static final class NullChannel implements GatheringByteChannel {
        @Override
        public int write(ByteBuffer source) {
            int written = source.remaining();
            source.position(source.limit());
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                written += write(sources[i]);
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
