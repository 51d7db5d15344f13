package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The allocator under test, one for all threads of a fork as in a server, and the kind of memory it is asked for. */
@State(Scope.Benchmark)
public class Contestant {
    /** The last parameter by the alphabet, which is JMH's order: so the contestants of a case run one after another. */
    @Param({"FOREBAY", "ADAPTIVE", "POOLED"})
    public AllocatorKind subject;

    @Param
    public MemoryKind memory;

    private ByteBufAllocator instance;

    @Setup(Level.Trial)
    public void create() {
        instance = subject.create();
    }

    /** Forebay is closed; Netty's allocators cannot be, they go with the fork. */
    @TearDown(Level.Trial)
    public void close() throws Exception {
        if (instance instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    ByteBuf allocate(int capacity) {
        return memory == MemoryKind.DIRECT ? instance.directBuffer(capacity) : instance.heapBuffer(capacity);
    }
}
