package io.forebay.benchmarks;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Loads an allocator on two event loops, has them let go of the buffers, rests, and prints on the way how much memory the
 * allocator holds and the process has. One contestant a process: what a process once took from the system shows in all that
 * comes after. Linux only.
 *
 * <p>Prints lines of a moment, the milliseconds since the load began, and three figures in bytes: reserved as the allocator
 * counts it, asked for by the capacities of the live buffers, resident by the kernel's count. The moments with a name are
 * {@code before}, {@code loaded}, {@code released}, {@code one-cycle} and {@code two-cycles}; between them stand samples.
 */
public final class FootprintMeasure {
    private static final int LOOPS = 2;
    private static final long SEED = 0xF0EBA1L;
    private static final long SAMPLE_MILLIS = 200;
    private static final Path STATUS = Path.of("/proc/self/status");

    private final ByteBufAllocatorMetric metric;
    private final List<FootprintLoop> loops = new ArrayList<>();
    private final Consumer<String> out;
    private final long startNanos;

    private FootprintMeasure(
            ByteBufAllocator allocator,
            FootprintPattern pattern,
            Iterable<EventExecutor> executors,
            Consumer<String> out) {
        this.out = out;
        metric = ((ByteBufAllocatorMetricProvider) allocator).metric();
        for (EventExecutor executor : executors) {
            loops.add(new FootprintLoop(executor, allocator, pattern, SEED + loops.size()));
        }
        startNanos = System.nanoTime();
    }

    /**
     * Takes four arguments: the {@link AllocatorKind}, the pattern as in {@code all-released}, how many seconds the load
     * lasts, and how many the rest.
     */
    public static void main(String[] args) throws Exception {
        run(args, FootprintMeasure::say);
    }

    static void run(String[] args, Consumer<String> out) throws Exception {
        if (args.length != 4) {
            throw new IllegalArgumentException(
                    "usage: FootprintMeasure <allocator> <pattern> <seconds of load> <seconds of rest>");
        }
        ByteBufAllocator allocator =
                AllocatorKind.valueOf(args[0].toUpperCase(Locale.ROOT)).create();
        var executors = new EventLoopExecutor(LOOPS, "loop");
        new FootprintMeasure(allocator, FootprintPattern.of(args[1]), executors, out)
                .run(Long.parseLong(args[2]), Long.parseLong(args[3]));
        executors.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        if (allocator instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    private void run(long loadSeconds, long restSeconds) throws Exception {
        out.accept("moment\tmillis\treserved\tasked\tresident");
        note("before");
        long loadedNanos = startNanos + TimeUnit.SECONDS.toNanos(loadSeconds);
        CompletableFuture<Void> loaded = onAll(loop -> loop.load(loadedNanos));
        sampleUntil(loadedNanos);
        loaded.get();
        note("loaded");
        onAll(FootprintLoop::release).get();
        note("released");
        long releasedNanos = System.nanoTime();
        long restNanos = TimeUnit.SECONDS.toNanos(restSeconds);
        sampleUntil(releasedNanos + restNanos / 2);
        note("one-cycle");
        sampleUntil(releasedNanos + restNanos);
        note("two-cycles");
        onAll(FootprintLoop::releaseRest).get();
    }

    private CompletableFuture<Void> onAll(Function<FootprintLoop, CompletableFuture<Void>> step) {
        return CompletableFuture.allOf(loops.stream().map(step).toArray(CompletableFuture[]::new));
    }

    private void sampleUntil(long endNanos) throws IOException, InterruptedException {
        while (true) {
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
            if (leftMillis <= 0) {
                return;
            }
            Thread.sleep(Math.min(SAMPLE_MILLIS, leftMillis));
            note("sample");
        }
    }

    private void note(String moment) throws IOException {
        long reserved = metric.usedDirectMemory() + metric.usedHeapMemory();
        long asked = loops.stream().mapToLong(FootprintLoop::askedBytes).sum();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        out.accept(moment + "\t" + millis + "\t" + reserved + "\t" + asked + "\t" + residentBytes());
    }

    private static long residentBytes() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024; // the kernel's unit is KiB
            }
        }
        throw new IOException("no VmRSS in " + STATUS);
    }

    @SuppressWarnings("SystemOut") // that is what it is for
    static void say(String line) {
        System.out.println(line);
    }
}
