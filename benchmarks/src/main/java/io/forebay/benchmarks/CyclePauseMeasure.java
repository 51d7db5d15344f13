package io.forebay.benchmarks;

import io.forebay.netty.ForebayAllocator;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How long do the cycles of an allocator hold up an event loop? The loop allocates and releases all the time. Now and then it
 * takes 8192 buffers of a web socket proxy's sizes at once, which are then released, on the loop or on another thread, and
 * lie idle until two cycles have let go of them. Each task that the allocator posts to the loop is timed. Cycles turn a
 * thousand times as often as by default.
 *
 * <p>Prints a head, a line with the nanoseconds of each task, and a comment on what the cycles did.
 */
public final class CyclePauseMeasure {
    private static final Duration CYCLE = Duration.ofMillis(10);
    private static final int LIVE = 8192;
    private static final int DRAWS = 1 << 16; // drawn before the load, so that no random number is made in it
    private static final int CYCLES_PER_BURST = 4; // one that begins anywhere, two that let go, one to spare
    private static final int PAIRS_PER_TASK = 64;
    private static final long SEED = 0xF0EBA1L;

    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(CYCLE).build();
    private final ExecutorService otherThread = Executors.newSingleThreadExecutor();
    private final TimedLoop loop = new TimedLoop(this::noteTask);
    private final boolean releasedElsewhere;
    private final long endNanos;
    private final int[] sizes = SizePattern.webSocketProxy().draw(DRAWS, new SplittableRandom(SEED));
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    // On the loop only, or after its end; the rest's end also by the other thread, before it says so.
    private final List<Long> taskNanos = new ArrayList<>();
    private long restEndNanos; // of the last burst
    private int bursts;
    private int turn;

    private volatile boolean burstReleased = true; // the other thread sets, the loop clears and reads

    private CyclePauseMeasure(boolean releasedElsewhere, long seconds) {
        this.releasedElsewhere = releasedElsewhere;
        restEndNanos = System.nanoTime();
        endNanos = restEndNanos + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Takes two arguments: {@code home} or {@code elsewhere}, which is where buffers are released, and the seconds. */
    public static void main(String[] args) throws Exception {
        run(args, FootprintMeasure::say);
    }

    static void run(String[] args, Consumer<String> out) throws Exception {
        if (args.length != 2 || !List.of("home", "elsewhere").contains(args[0])) {
            throw new IllegalArgumentException("usage: CyclePauseMeasure home|elsewhere <seconds>");
        }
        new CyclePauseMeasure(args[0].equals("elsewhere"), Long.parseLong(args[1])).run(out);
    }

    private void run(Consumer<String> out) throws Exception {
        try {
            TimedLoop.Load load = this::step;
            loop.execute(load);
            done.get();
        } finally {
            otherThread.shutdown(); // or the process would not end
        }
        out.accept("nanos");
        taskNanos.forEach(nanos -> out.accept(Long.toString(nanos)));
        out.accept("# " + bursts + " bursts of " + LIVE + " buffers, of which cycles let go of "
                + allocator.metric().direct().destroyed());
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
    }

    private void noteTask(long nanos) {
        if (!done.isDone()) {
            taskNanos.add(nanos);
        }
    }

    private void step() {
        try {
            if (System.nanoTime() - endNanos >= 0 && burstReleased) {
                done.complete(null);
                return;
            }
            if (burstReleased && restEndNanos - System.nanoTime() <= 0) {
                burst();
            } else {
                allocateAndRelease();
            }
            TimedLoop.Load next = this::step;
            loop.execute(next);
        } catch (Throwable failure) { // the measurement fails with it
            done.completeExceptionally(failure);
        }
    }

    private void allocateAndRelease() {
        for (int i = 0; i < PAIRS_PER_TASK; i++) {
            allocator.directBuffer(nextSize()).release();
        }
    }

    private void burst() {
        bursts++;
        ByteBuf[] buffers = new ByteBuf[LIVE];
        for (int i = 0; i < LIVE; i++) {
            buffers[i] = allocator.directBuffer(nextSize());
        }
        if (!releasedElsewhere) {
            releaseAll(buffers);
            rest();
            return;
        }
        burstReleased = false;
        otherThread.execute(() -> {
            releaseAll(buffers);
            rest();
            burstReleased = true; // publishes the end of the rest
        });
    }

    private void rest() {
        restEndNanos = System.nanoTime() + CYCLES_PER_BURST * CYCLE.toNanos();
    }

    private static void releaseAll(ByteBuf[] buffers) {
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }

    private int nextSize() {
        int size = sizes[turn & (DRAWS - 1)];
        turn++;
        return size;
    }
}
