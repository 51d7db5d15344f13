package io.forebay.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does one buffer cost that is allocated and released at once? */
@State(Scope.Benchmark)
public class AllocateReleaseBenchmark extends EventLoopBenchmark {
    @Param({"64", "256", "1024", "4096", "16384", "32768", "65536", "262144", "1048576", "4194304"})
    public int size;

    @Benchmark
    public boolean allocateRelease(Contestant contestant) {
        return contestant.allocate(size).release();
    }
}
