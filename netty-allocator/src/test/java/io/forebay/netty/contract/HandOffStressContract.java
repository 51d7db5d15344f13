package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * Buffers travel between threads, each with a content that tells whose it is. Memory that is handed out twice, or that
 * overlaps, shows as a broken content; a buffer that is lost or freed twice shows in the ledger or as an exception.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class HandOffStressContract {
    private static final int STEPS_PER_THREAD = 20_000;
    private static final int SEED = 4242;

    private final ByteBufAllocator allocator;
    private final ByteBufAllocator books;
    private final EventLoopGroup loops = Carrier.newEventLoop(2);

    HandOffStressContract(ByteBufAllocator allocator) {
        this(allocator, allocator);
    }

    /** The contract of a view: the books are kept by what it is a view of. */
    HandOffStressContract(ByteBufAllocator allocator, ByteBufAllocator books) {
        this.allocator = allocator;
        this.books = books;
    }

    @AfterEach
    final void everyBufferIsBack() {
        LedgerCheck.assertClean(books);
    }

    @AfterAll
    final void nothingIsLeftAfterClose() throws Exception {
        LedgerCheck.assertCleanAfterClose(books);
        Carrier.shutDown(loops);
    }

    /** A buffer on its way. */
    private record Parcel(ByteBuf buf, long owner, int length) {
        void open() {
            Pattern.verify(buf, owner, length);
            boolean freed = buf.release();
            assertThat(freed).as("the parcel held the last reference").isTrue();
        }
    }

    @Test
    void smallBuffersKeepTheirContentAcrossThreads() throws Exception {
        run(threads(2, 2), 2_000);
    }

    @Test
    void largeBuffersKeepTheirContentAcrossThreads() throws Exception {
        run(threads(2, 1), 40_000);
    }

    @Test
    void buffersOfThreadsWithoutLoopsKeepTheirContent() throws Exception {
        run(threads(0, 4), 2_000);
    }

    @Test
    void shortLivedThreadsLeaveNothingBehind() throws Exception {
        for (int i = 0; i < 20; i++) {
            runSteps(threads(0, 2), 2_000, 200);
        }
    }

    private List<Executor> threads(int onLoops, int plain) {
        List<Executor> executors = new ArrayList<>();
        for (int i = 0; i < onLoops; i++) {
            executors.add(loops.next());
        }
        for (int i = 0; i < plain; i++) {
            executors.add(body -> new Thread(body, "hand-off").start());
        }
        return executors;
    }

    private void run(List<Executor> threads, int maxSize) throws Exception {
        runSteps(threads, maxSize, STEPS_PER_THREAD * 2_000 / Math.max(2_000, maxSize));
    }

    private void runSteps(List<Executor> threads, int maxSize, int steps) throws Exception {
        BlockingQueue<Parcel> post = new ArrayBlockingQueue<>(64);
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int i = 0; i < threads.size(); i++) {
            long owner = i;
            running.add(CompletableFuture.runAsync(() -> work(owner, steps, maxSize, post), threads.get(i)));
        }
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                    .get(Carrier.TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("seed " + SEED, e);
        } finally {
            post.forEach(Parcel::open);
        }
    }

    private void work(long thread, int steps, int maxSize, BlockingQueue<Parcel> post) {
        var random = new Random(SEED + thread);
        for (int step = 0; step < steps; step++) {
            Parcel parcel = pack(random, thread << 32 | step, 1 + random.nextInt(maxSize));
            if (!post.offer(parcel)) {
                parcel.open();
            }
            if (random.nextBoolean()) {
                Parcel arrived = post.poll();
                if (arrived != null) {
                    arrived.open();
                }
            }
        }
    }

    /** Some are grown, some are sent as a view that outlives its buffer. */
    private Parcel pack(Random random, long owner, int size) {
        boolean grown = random.nextInt(8) == 0;
        int initial = grown ? size / 4 : size;
        ByteBuf buf = random.nextInt(4) == 0 ? allocator.heapBuffer(initial) : allocator.directBuffer(initial);
        if (grown) {
            buf.capacity(size);
        }
        Pattern.write(buf, owner, size);
        if (random.nextInt(8) != 0) {
            return new Parcel(buf, owner, size);
        }
        ByteBuf view = buf.retainedSlice();
        buf.release();
        return new Parcel(view, owner, size);
    }
}
