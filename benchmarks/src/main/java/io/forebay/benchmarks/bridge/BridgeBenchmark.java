package io.forebay.benchmarks.bridge;

import io.forebay.benchmarks.AllocatorKind;
import io.forebay.benchmarks.EventLoopBenchmark;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What every question about the bridge shares. One operation is one buffer that goes in, from its allocation until the
 * consumer has released what became of it. Before it is timed, each contestant shows that it gets the bytes right.
 */
@State(Scope.Thread)
public abstract class BridgeBenchmark extends EventLoopBenchmark {
    /** Whose buffers go in: Forebay's for all, so that only the operators differ. Peers alone are also asked on Netty's. */
    @Param("FOREBAY")
    public AllocatorKind memory;

    private final Drain drain = new Drain();
    private Load load;
    private Pipeline measured;

    abstract Pipeline contestant();

    /** What is in the buffers that go in. */
    Content content() {
        return Content.TEXT;
    }

    /** The elements that are to come out, for the bytes that go in. */
    abstract List<byte[]> expected(byte[] bytes);

    @Setup(Level.Trial)
    public void check() {
        measured = contestant();
        if (memory != AllocatorKind.FOREBAY) { // it says how many of its buffers are in use, others do not
            checkOn(new RememberingAllocator(memory.create()));
        }
        checkOn(memory.create());
    }

    private void checkOn(ByteBufAllocator allocator) {
        load = new Load(content(), allocator);
        drain.keep();
        runAll();
        requireEqual(drain.kept(), expected(load.bytes()));
        load.requireAllBack();
    }

    private static void requireEqual(List<byte[]> actual, List<byte[]> expected) {
        if (!Arrays.deepEquals(actual.toArray(), expected.toArray())) {
            throw new IllegalStateException("wrong elements: " + actual.size() + " of " + bytes(actual)
                    + " bytes together, not " + expected.size() + " of " + bytes(expected));
        }
    }

    private static long bytes(List<byte[]> elements) {
        return elements.stream().mapToLong(element -> element.length).sum();
    }

    @TearDown(Level.Trial)
    public void close() {
        load.close();
    }

    final long runAll() {
        measured.run(load, drain);
        return drain.result();
    }
}
