package io.forebay.reactor;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Streams as publishers of leases, and leases into streams. What {@link ByteFiles} says of memory and threads holds here, too.
 *
 * <p><b>When not to use it.</b> For files: {@link ByteFiles} reads them without a copy.
 */
public final class ByteStreams {
    private ByteStreams() {}

    /**
     * All that a stream has. It is opened for each subscription, at once, and closed at its end. A cancel closes it after the
     * read that is under way: one that may block for long needs a timeout of its own.
     *
     * <p><img class="marble" src="doc-files/marbles/readStream.svg" alt="a stream is read piece by piece, each when it is requested">
     *
     * <p><strong>Ownership:</strong> of each piece is the subscriber's.
     *
     * <p><strong>Demand:</strong> one read for each element requested, no more. What one read brings is a piece: {@link
     * ByteFlux#rechunk} makes them equal.
     *
     * @param buffers where memory comes from, by bytes: {@code pool::acquire}
     * @param chunkBytes the most that is read at once
     * @throws IllegalArgumentException if that is not above 0
     */
    public static Flux<Lease> read(
            Callable<? extends InputStream> opener,
            IntFunction<? extends Mono<Lease>> buffers,
            int chunkBytes,
            Scheduler scheduler) {
        Objects.requireNonNull(opener, "opener");
        return ByteFiles.read(() -> new StreamInput(opened(opener)), buffers, chunkBytes, scheduler);
    }

    /**
     * Writes all bytes to a stream and tells how many they were. It is opened for each subscription, at once, and closed before
     * the end is signalled. For {@link Flux#as}.
     *
     * <p><img class="marble" src="doc-files/marbles/write.svg" alt="elements are written one after another; at the end the number of bytes comes">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are written. A {@link LeaseScope} that ends meanwhile leaves them
     * to that.
     *
     * <p><strong>Demand:</strong> one for one, as they are written.
     */
    public static Function<Flux<Lease>, Mono<Long>> write(
            Callable<? extends OutputStream> opener, Scheduler scheduler) {
        Objects.requireNonNull(opener, "opener");
        return ByteFiles.write(() -> new StreamOutput(opened(opener)), scheduler);
    }

    /**
     * A stream of all bytes, for code that reads from one. The source is subscribed to at once; a read waits for it, and fails
     * with {@link java.io.IOException} if the source did. An interrupt ends the wait with {@link
     * java.io.InterruptedIOException}, and stays set. For {@link Flux#as}.
     *
     * <p>One thread may read at a time, any may close. A read that would block on a thread made not to, as those of {@link
     * reactor.core.scheduler.Schedulers#parallel()}, throws {@link IllegalStateException}.
     *
     * <p><img class="marble" src="doc-files/marbles/toInputStream.svg" alt="a thread reads from the elements as from a stream">
     *
     * <p><strong>Ownership:</strong> leases are closed when they are read, or with the stream, which has to be closed: that
     * cancels the source. Those of a {@link LeaseScope} are gone when that ends, read or not: it has to enclose the reading.
     *
     * <p><strong>Demand:</strong> elements are requested one by one while fewer bytes wait to be read than that; with 0, when
     * a read finds nothing.
     *
     * @throws IllegalArgumentException if {@code prefetchBytes} is below 0
     */
    public static Function<Flux<Lease>, InputStream> toInputStream(long prefetchBytes) {
        FileRegion.requireNotNegative("prefetchBytes", prefetchBytes);
        return source -> {
            LeaseInputStream stream = new LeaseInputStream(prefetchBytes);
            FluxReframe.subscribeInside(source, stream);
            return stream;
        };
    }

    private static <T> T opened(Callable<? extends T> opener) throws Exception {
        return Objects.requireNonNull(opener.call(), "the function returned null");
    }
}
