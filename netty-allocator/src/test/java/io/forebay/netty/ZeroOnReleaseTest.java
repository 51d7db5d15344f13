package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.pool.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nothing that was written survives the last release, in any byte of the memory. */
class ZeroOnReleaseTest {
    private static final byte SECRET = 0x5E;
    private static final long SECRETS = 0x5E5E_5E5E_5E5E_5E5EL;

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final ForebayAllocator allocator = ForebayAllocator.builder()
            .zeroOnRelease(true)
            .cyclePeriod(Duration.ofHours(1))
            .build();

    @AfterEach
    void nothingIsLeft() throws Exception {
        ResourceLeakDetector.setLevel(level);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(60, TimeUnit.SECONDS);
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.inUse()).isZero();
            assertThat(stats.created()).isEqualTo(stats.destroyed());
            assertThat(stats.reservedBytes()).isZero();
        }
    }

    /** Fills all the memory, beyond the capacity it was asked for, too. */
    private static ByteBuf secret(ByteBuf buf) {
        buf.clear();
        buf.capacity(buf.maxFastWritableBytes());
        while (buf.isWritable()) {
            buf.writeByte(SECRET);
        }
        return buf;
    }

    private static void assertZero(ByteBuf buf) {
        buf.clear();
        buf.capacity(buf.maxFastWritableBytes());
        assertThat(buf.forEachByte(0, buf.capacity(), value -> value == 0))
                .as("the first byte that is not 0 of %s", buf)
                .isEqualTo(-1);
    }

    /** The same buffer again, which an empty pool before it shows. */
    private void assertForgotten(Supplier<ByteBuf> allocation) {
        secret(allocation.get()).release();
        ByteBuf again = allocation.get();
        assertZero(again);
        again.release();
    }

    private List<Supplier<ByteBuf>> allocations(int capacity) {
        ByteBufAllocator view = allocator.withBudget(MemoryBudget.create("tenant", Long.MAX_VALUE));
        return List.of(
                () -> allocator.directBuffer(capacity),
                () -> allocator.heapBuffer(capacity),
                () -> view.directBuffer(capacity),
                () -> view.heapBuffer(capacity),
                () -> allocator.directBuffer(capacity).capacity(capacity + 5_000),
                () -> view.heapBuffer(capacity).capacity(capacity + 5_000));
    }

    @Test
    void everySizeOfEveryKindIsForgotten() {
        for (int capacity : new int[] {0, 1, 64, 100, 1000, 4096, 5000, 70_000, 1 << 20}) {
            allocations(capacity).forEach(this::assertForgotten);
        }
        assertThat(allocator.metric().direct().createdGets())
                .as("they were the same buffers")
                .isLessThan(20);
    }

    @Test
    void alsoInWhatPassesItToAStreamAfterTheClose() throws IOException {
        List<byte[]> passed = new ArrayList<>();
        ByteBuf buf = allocator.directBuffer(1000);
        allocator.close();
        buf.writeBytes(
                new InputStream() {
                    @Override
                    public int read() {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        passed.add(into);
                        Arrays.fill(into, offset, offset + length, SECRET);
                        return length;
                    }
                },
                1000);
        buf.readBytes(
                new OutputStream() {
                    @Override
                    public void write(int value) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public void write(byte[] from, int offset, int length) {
                        assertThat(from[offset]).isEqualTo(SECRET);
                        passed.add(from);
                    }
                },
                1000);
        buf.release();
        assertThat(passed).hasSize(2).allSatisfy(array -> assertThat(array).containsOnly(0));
    }

    @Test
    void alsoOnTheLoopAndBetweenThreads() throws Exception {
        assertForgottenOnTheLoopAndBetweenThreads();
    }

    private void assertForgottenOnTheLoopAndBetweenThreads() throws Exception {
        for (Supplier<ByteBuf> allocation : allocations(1000)) {
            loop.submit(() -> assertForgotten(allocation)).get();
            secret(loop.submit(allocation::get).get()).release();
            loop.submit(() -> assertForgotten(allocation)).get();
        }
    }

    @Test
    void alsoWhereNettysLeakDetectorWatches() throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        assertForgottenOnTheLoopAndBetweenThreads();
    }

    @Test
    void itIsDoneByTheReleaseAndNotByTheNextUser() {
        ByteBuf direct = secret(allocator.directBuffer(1000));
        ByteBuffer ofDirect = direct.nioBuffer(0, direct.capacity());
        ByteBuf heap = secret(allocator.heapBuffer(1000));
        byte[] ofHeap = heap.array();
        ByteBuf unpooled = secret(allocator.heapBuffer(5 << 20));
        byte[] ofUnpooled = unpooled.array();
        assertThat(ofDirect.get(ofDirect.capacity() - 1)).isEqualTo(SECRET);
        List.of(direct, heap, unpooled).forEach(ByteBuf::release);
        while (ofDirect.hasRemaining()) {
            assertThat(ofDirect.get()).isZero();
        }
        assertThat(ofHeap).containsOnly(0);
        for (byte value : ofUnpooled) {
            if (value != 0) {
                throw new AssertionError("a byte of the unpooled buffer was not zeroed: " + value);
            }
        }
    }

    @Test
    void aSliceThatOutlivesTheBufferKeepsTheContentUntilItsOwnRelease() {
        ByteBuf buf = secret(allocator.directBuffer(1000));
        ByteBuf slice = buf.retainedSlice();
        buf.release();
        assertThat(slice.getByte(999)).isEqualTo(SECRET);
        slice.release();
        ByteBuf again = allocator.directBuffer(1000);
        assertZero(again);
        again.release();
    }

    @Test
    void growthLeavesNothingBehind() {
        for (boolean direct : new boolean[] {true, false}) {
            ByteBuf buf = secret(direct ? allocator.directBuffer(1000) : allocator.heapBuffer(1000));
            buf.capacity(70_000);
            assertThat(buf.getByte(1023)).isEqualTo(SECRET);
            ByteBuf first = direct ? allocator.directBuffer(1000) : allocator.heapBuffer(1000);
            assertZero(first);
            first.release();
            buf.release();
        }
        assertThat(allocator.metric().direct().created()).isEqualTo(2);
    }

    @Test
    void whatShrankIsZeroedWhole() {
        secret(allocator.directBuffer(1000)).capacity(1).release();
        ByteBuf again = allocator.directBuffer(1000);
        assertZero(again);
        again.release();
    }

    /** Eight threads, half of them event loops, each of which looks for what others left. */
    @Test
    void underEightThreadsNobodySeesWhatAnotherWrote() throws Exception {
        BlockingQueue<ByteBuf> post = new ArrayBlockingQueue<>(64);
        AtomicLong seen = new AtomicLong();
        DefaultEventExecutorGroup loops = new DefaultEventExecutorGroup(4);
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int seed = i;
            running.add(CompletableFuture.runAsync(() -> seen.addAndGet(look(new Random(seed), post)), loops.next()));
            running.add(CompletableFuture.runAsync(
                    () -> seen.addAndGet(look(new Random(seed + 100), post)), task -> new Thread(task).start()));
        }
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
        post.forEach(ByteBuf::release);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS);
        assertThat(seen).hasValue(0);
    }

    /** Returns how often the secret showed; not merely something else than 0, as fresh memory may. */
    private long look(Random random, BlockingQueue<ByteBuf> post) {
        long seen = 0;
        for (int step = 0; step < 3_000; step++) {
            int size = 1 << random.nextInt(6, 14);
            ByteBuf buf = random.nextBoolean() ? allocator.directBuffer(size) : allocator.heapBuffer(size);
            for (int i = 0; i < size; i += Long.BYTES) {
                seen += buf.getLong(i) == SECRETS ? 1 : 0;
            }
            secret(buf);
            if (random.nextInt(4) == 0) {
                buf.capacity(4 * size);
            }
            if (!post.offer(buf)) {
                buf.release();
            }
            ByteBuf arrived = random.nextBoolean() ? post.poll() : null;
            if (arrived != null) {
                arrived.release();
            }
        }
        return seen;
    }
}
