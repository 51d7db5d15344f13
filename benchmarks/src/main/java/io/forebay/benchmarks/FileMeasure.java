package io.forebay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Writes or reads a file in one of the ways there are, several times in a row, and prints how long each pass took and how much
 * memory the allocator had reserved at most. One contestant a process. A pass takes a fifth of a second, and the compilers need
 * several to be done: those that warm up are numbered up to 0, those that count from 1 on.
 */
public final class FileMeasure {
    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int CHUNKS_PER_MIB = (1 << 20) / FileLoad.CHUNK_BYTES;

    private final FileContestant contestant;
    private final FileLoad load;
    private final Path file;
    private volatile long peakBytes; // the sampler and, when it has ended, the main thread

    private FileMeasure(FileContestant contestant, FileLoad load, Path file) {
        this.contestant = contestant;
        this.load = load;
        this.file = file;
    }

    /** Takes the contestant, {@code read} or {@code write}, the file, its size in MiB and the number of passes. */
    public static void main(String[] args) throws Exception {
        run(args, FootprintMeasure::say);
    }

    static void run(String[] args, Consumer<String> out) throws Exception {
        if (args.length != 6) {
            throw new IllegalArgumentException(
                    "usage: FileMeasure <contestant> <read|write> <file> <MiB> <warm-ups> <passes>");
        }
        boolean writes = args[1].equals("write");
        FileContestant contestant = FileContestant.valueOf(args[0].toUpperCase(Locale.ROOT));
        try (var load = new FileLoad(Math.multiplyExact(Integer.parseInt(args[3]), CHUNKS_PER_MIB))) {
            var measure = new FileMeasure(contestant, load, Path.of(args[2]));
            out.accept("pass\tbytes\tnanos\tpeak-reserved-bytes");
            for (int pass = 1 - Integer.parseInt(args[4]); pass <= Integer.parseInt(args[5]); pass++) {
                long nanos = measure.pass(writes);
                out.accept(pass + "\t" + load.bytes() + "\t" + nanos + "\t" + measure.peakBytes);
            }
            awaitAllBack(load);
        }
    }

    /** Another thread may release the last one after the end was signalled. */
    private static void awaitAllBack(FileLoad load) {
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (load.outstanding() != 0) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IllegalStateException(load.outstanding() + " buffers are not back");
            }
            LockSupport.parkNanos(SAMPLE_NANOS);
        }
    }

    private long pass(boolean writes) throws Exception {
        if (writes) {
            Files.deleteIfExists(file); // not in the time: to free the blocks of the last pass
        }
        peakBytes = 0;
        var sampler = new Thread(this::sample, "sampler");
        sampler.setDaemon(true);
        sampler.start();
        long startNanos = System.nanoTime();
        long stamps = go(writes);
        long nanos = System.nanoTime() - startNanos;
        sampler.interrupt();
        sampler.join();
        if (stamps != load.stamps() || Files.size(file) != load.bytes()) {
            throw new IllegalStateException("wrong bytes: " + contestant);
        }
        return nanos;
    }

    private long go(boolean writes) throws IOException {
        if (!writes) {
            return contestant.read(load, file);
        }
        contestant.write(load, file);
        return load.stamps();
    }

    private void sample() {
        while (!Thread.currentThread().isInterrupted()) {
            peakBytes = Math.max(peakBytes, load.reservedBytes());
            LockSupport.parkNanos(SAMPLE_NANOS);
        }
    }
}
