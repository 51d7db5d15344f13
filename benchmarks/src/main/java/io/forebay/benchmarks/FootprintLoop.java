package io.forebay.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The buffers that one event loop holds. All work is done on the loop; {@link #askedBytes} may be read anywhere. */
final class FootprintLoop {
    private static final int DRAWS = 1 << 16; // drawn before the load, so that no random number is made in it
    private static final int TURNS_PER_TASK = 256; // a task is short: what an allocator posts to the loop gets its turn

    private final EventExecutor loop;
    private final ByteBufAllocator allocator;
    private final FootprintPattern pattern;
    private final SplittableRandom random;
    private final int[] sizes;
    private final int[] places;
    private final @Nullable ByteBuf[] buffers;
    private final AtomicLong askedBytes = new AtomicLong();
    private int turn;

    /** Holds nothing yet, and has started the loop's thread. */
    FootprintLoop(EventExecutor loop, ByteBufAllocator allocator, FootprintPattern pattern, long seed) {
        this.loop = loop;
        this.allocator = allocator;
        this.pattern = pattern;
        random = new SplittableRandom(seed);
        sizes = pattern.draw(DRAWS, random);
        places = random.ints(DRAWS, 0, pattern.live).toArray();
        buffers = new ByteBuf[pattern.live];
        loop.submit(() -> {}).syncUninterruptibly();
    }

    /** What is held, by the capacities that were asked for. */
    long askedBytes() {
        return askedBytes.get();
    }

    /** Fills up and then replaces buffers until {@code endNanos} of {@link System#nanoTime}; the loop holds them then. */
    CompletableFuture<Void> load(long endNanos) {
        var done = new CompletableFuture<Void>();
        run(done, () -> {
            fill();
            again(done, endNanos);
        });
        return done;
    }

    private void again(CompletableFuture<Void> done, long endNanos) {
        run(done, () -> {
            boolean last = System.nanoTime() - endNanos >= 0;
            if (pattern.inBursts()) {
                burst(last);
            } else if (!last) {
                replaceSome();
            }
            if (last) {
                done.complete(null);
            } else {
                again(done, endNanos);
            }
        });
    }

    /** Releases all that the pattern does not keep. */
    CompletableFuture<Void> release() {
        var done = new CompletableFuture<Void>();
        run(done, () -> {
            for (int place = 0; place < buffers.length; place++) {
                if (!pattern.keeps(random)) {
                    free(place);
                }
            }
            done.complete(null);
        });
        return done;
    }

    /** Releases what is left. */
    CompletableFuture<Void> releaseRest() {
        var done = new CompletableFuture<Void>();
        run(done, () -> {
            releaseAll();
            done.complete(null);
        });
        return done;
    }

    /** On the loop; a failure ends {@code done}. */
    private void run(CompletableFuture<Void> done, Runnable step) {
        loop.execute(() -> {
            try {
                step.run();
            } catch (Throwable failure) { // as an allocator's OutOfMemoryError: the measurement fails with it
                done.completeExceptionally(failure);
            }
        });
    }

    private void burst(boolean last) {
        releaseAll();
        if (last) {
            turn = 0; // in the end all contestants hold the same, however far they came
        }
        fill();
    }

    private void replaceSome() {
        for (int i = 0; i < TURNS_PER_TASK; i++) {
            int place = places[turn & (DRAWS - 1)];
            free(place);
            put(place);
        }
    }

    private void fill() {
        for (int place = 0; place < buffers.length; place++) {
            put(place);
        }
    }

    private void releaseAll() {
        for (int place = 0; place < buffers.length; place++) {
            free(place);
        }
    }

    /** Written in full, as a server would: memory that was never touched is not resident. */
    private void put(int place) {
        int bytes = sizes[turn & (DRAWS - 1)];
        turn++;
        buffers[place] = allocator.directBuffer(bytes).writeZero(bytes);
        askedBytes.addAndGet(bytes);
    }

    private void free(int place) {
        ByteBuf buffer = buffers[place];
        if (buffer != null) {
            buffers[place] = null;
            askedBytes.addAndGet(-buffer.writerIndex());
            buffer.release();
        }
    }
}
