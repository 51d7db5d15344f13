package io.forebay.reactor;

import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Files as publishers of leases, and leases into files.
 *
 * <p><b>Reading.</b> {@code buffers} says where memory comes from, asked for one chunk at a time, with the bytes that are
 * left if those are fewer: {@code pool::acquire}, {@code scope::acquire}, or {@code bytes -> pool.acquire(bytes, timeout)}.
 * There is no read ahead: a chunk is asked for when it is requested and the one before is out. So memory is that of the chunks
 * the subscriber has, and of one more.
 *
 * <p><b>Writing.</b> One element is requested, written and closed at a time. What a failure or cancel leaves in the file
 * stays there. Nothing is forced to the disk; {@link StandardOpenOption#DSYNC} does that.
 *
 * <p><b>Threads.</b> Blocking calls are made on the scheduler given, and so are the signals: {@link
 * Schedulers#boundedElastic()} is made for it, an event loop is not. A cancel waits for nobody and interrupts nobody: what it
 * finds in the middle of a call is closed after that call. Leases that wait for the scheduler are closed by the cancel; the file
 * is by the scheduler.
 *
 * <p><b>When not to use it.</b> To send a file as it is: Reactor Netty's {@code sendFile} needs no memory at all.
 */
public final class ByteFiles {
    private static final List<OpenOption> REPLACE =
            List.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);

    private ByteFiles() {}

    /**
     * All of a file, to the end it has when that is reached. The file is opened for each subscription, at once, and closed at
     * its end.
     *
     * <p><img class="marble" src="doc-files/marbles/read.svg" alt="a file is read chunk by chunk, each when it is requested">
     *
     * <p><strong>Ownership:</strong> of each chunk is the subscriber's.
     *
     * <p><strong>Demand:</strong> one chunk is read for each element requested, no more.
     *
     * @param chunkBytes the size of all chunks but the last
     * @throws IllegalArgumentException if that is not above 0
     */
    public static Flux<Lease> read(
            Path file, IntFunction<? extends Mono<Lease>> buffers, int chunkBytes, Scheduler scheduler) {
        Objects.requireNonNull(file, "file");
        return read(
                () -> new FileInput(
                        FileChannel.open(file, StandardOpenOption.READ), 0, Long.MAX_VALUE, /* closes= */ true),
                buffers,
                chunkBytes,
                scheduler);
    }

    /**
     * A part of a file, or what there is of it. As {@link #read(Path, IntFunction, int, Scheduler)} else, but the channel is
     * the caller's to close, after the end; its position is neither used nor moved.
     *
     * <p><img class="marble" src="doc-files/marbles/readPart.svg" alt="a part of a file is read chunk by chunk, each when it is requested">
     *
     * <p><strong>Ownership:</strong> of each chunk is the subscriber's.
     *
     * <p><strong>Demand:</strong> one chunk is read for each element requested, no more.
     *
     * @param bytes {@link Long#MAX_VALUE} for all that follows
     * @throws IllegalArgumentException if {@code position} or {@code bytes} is below 0, or {@code chunkBytes} not above 0
     */
    public static Flux<Lease> read(
            FileChannel channel,
            long position,
            long bytes,
            IntFunction<? extends Mono<Lease>> buffers,
            int chunkBytes,
            Scheduler scheduler) {
        Objects.requireNonNull(channel, "channel");
        FileRegion.require(position, bytes, chunkBytes);
        return read(() -> new FileInput(channel, position, bytes, /* closes= */ false), buffers, chunkBytes, scheduler);
    }

    /**
     * As {@link #read(FileChannel, long, long, IntFunction, int, Scheduler)}, read by the channel's own threads, on which the
     * signals come, too. The channel has to stay open until the end, or after a cancel until what was being read is.
     *
     * <p><img class="marble" src="doc-files/marbles/readPart.svg" alt="a part of a file is read chunk by chunk, each when it is requested">
     *
     * <p><strong>Ownership:</strong> of each chunk is the subscriber's.
     *
     * <p><strong>Demand:</strong> one chunk is read for each element requested, no more.
     *
     * @throws IllegalArgumentException if {@code position} or {@code bytes} is below 0, or {@code chunkBytes} not above 0
     */
    public static Flux<Lease> read(
            AsynchronousFileChannel channel,
            long position,
            long bytes,
            IntFunction<? extends Mono<Lease>> buffers,
            int chunkBytes) {
        Objects.requireNonNull(channel, "channel");
        FileRegion.require(position, bytes, chunkBytes);
        return read(() -> new AsyncFileInput(channel, position, bytes), buffers, chunkBytes, Schedulers.immediate());
    }

    static Flux<Lease> read(
            Callable<? extends ChunkInput> opener,
            IntFunction<? extends Mono<Lease>> buffers,
            int chunkBytes,
            Scheduler scheduler) {
        Objects.requireNonNull(buffers, "buffers");
        Objects.requireNonNull(scheduler, "scheduler");
        FileRegion.requireChunk(chunkBytes);
        return FluxRead.create(new FluxRead.Plan(opener, buffers, chunkBytes, scheduler));
    }

    /**
     * Writes all bytes to a file and tells how many they were. The file is opened for each subscription, at once, and closed
     * before the end is signalled. For {@link Flux#as}.
     *
     * <p><img class="marble" src="doc-files/marbles/write.svg" alt="elements are written one after another; at the end the number of bytes comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     *
     * @param options as {@link FileChannel#open(Path, OpenOption...)} has them, {@link StandardOpenOption#WRITE} being added; without any, the
     *     file is made or replaced
     */
    public static Function<Flux<Lease>, Mono<Long>> write(Path file, Scheduler scheduler, OpenOption... options) {
        return write(opener(file, options), scheduler);
    }

    /**
     * As {@link #write(Path, Scheduler, OpenOption...)}, from a position on; the channel is the caller's to close, after the
     * end, and its own position is neither used nor moved.
     *
     * <p><img class="marble" src="doc-files/marbles/writeAt.svg" alt="elements are written one after another from a position on; at the end the number of bytes comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     *
     * @throws IllegalArgumentException if {@code position} is below 0
     */
    public static Function<Flux<Lease>, Mono<Long>> write(FileChannel channel, long position, Scheduler scheduler) {
        return write(opener(channel, position), scheduler);
    }

    /**
     * As {@link #write(FileChannel, long, Scheduler)}, written by the channel's own threads, on which the signals come, too. The
     * channel has to stay open until the end, or after a cancel until what was being written is.
     *
     * <p><img class="marble" src="doc-files/marbles/writeAt.svg" alt="elements are written one after another from a position on; at the end the number of bytes comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     *
     * @throws IllegalArgumentException if {@code position} is below 0
     */
    public static Function<Flux<Lease>, Mono<Long>> write(AsynchronousFileChannel channel, long position) {
        return write(opener(channel, position), Schedulers.immediate());
    }

    /**
     * As {@link #write(Path, Scheduler, OpenOption...)}, but tells after each element up to where the file is written: what a
     * transfer that is broken off can go on from. Appending begins at the file's size.
     *
     * <p><img class="marble" src="doc-files/marbles/writePositions.svg" alt="each element is written, then the position behind it comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one.
     */
    public static Function<Flux<Lease>, Flux<Long>> writePositions(
            Path file, Scheduler scheduler, OpenOption... options) {
        return writePositions(opener(file, options), scheduler);
    }

    /**
     * As {@link #write(FileChannel, long, Scheduler)}, but tells after each element up to where the file is written.
     *
     * <p><img class="marble" src="doc-files/marbles/writePositionsFrom.svg" alt="each element is written from a position on, then the position behind it comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     *
     * @throws IllegalArgumentException if {@code position} is below 0
     */
    public static Function<Flux<Lease>, Flux<Long>> writePositions(
            FileChannel channel, long position, Scheduler scheduler) {
        return writePositions(opener(channel, position), scheduler);
    }

    /**
     * As {@link #write(AsynchronousFileChannel, long)}, but tells after each element up to where the file is written.
     *
     * <p><img class="marble" src="doc-files/marbles/writePositionsFrom.svg" alt="each element is written from a position on, then the position behind it comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     *
     * @throws IllegalArgumentException if {@code position} is below 0
     */
    public static Function<Flux<Lease>, Flux<Long>> writePositions(AsynchronousFileChannel channel, long position) {
        return writePositions(opener(channel, position), Schedulers.immediate());
    }

    static Function<Flux<Lease>, Mono<Long>> write(Callable<? extends ChunkOutput> opener, Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxWrite.bytes(source, opener, scheduler);
    }

    static Function<Flux<Lease>, Flux<Long>> writePositions(
            Callable<? extends ChunkOutput> opener, Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        return source -> FluxWrite.positions(source, opener, scheduler);
    }

    private static Callable<ChunkOutput> opener(Path file, OpenOption... options) {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(options, "options");
        Set<OpenOption> opened = new HashSet<>(options.length == 0 ? REPLACE : Arrays.asList(options));
        if (opened.contains(StandardOpenOption.READ)) {
            throw new IllegalArgumentException("a file to write is not opened with READ: options=" + opened);
        }
        opened.add(StandardOpenOption.WRITE);
        return () -> {
            FileChannel channel = FileChannel.open(file, opened);
            long position = opened.contains(StandardOpenOption.APPEND) ? channel.size() : 0;
            return new FileOutput(channel, position, /* closes= */ true);
        };
    }

    private static Callable<ChunkOutput> opener(FileChannel channel, long position) {
        Objects.requireNonNull(channel, "channel");
        FileRegion.requireNotNegative("position", position);
        return () -> new FileOutput(channel, position, /* closes= */ false);
    }

    private static Callable<ChunkOutput> opener(AsynchronousFileChannel channel, long position) {
        Objects.requireNonNull(channel, "channel");
        FileRegion.requireNotNegative("position", position);
        return () -> new AsyncFileOutput(channel, position);
    }
}
