package io.forebay.netty;

import static io.forebay.netty.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The formulas of the module's README, against what the allocator says of itself. Operands are the bytes of a class. */
class FootprintFormulaTest {
    private static final double MIB = 1 << 20;

    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();
    private final List<DefaultEventExecutor> loops = new ArrayList<>();

    private void startLoops(int count) {
        for (int i = 0; i < count; i++) {
            loops.add(new DefaultEventExecutor());
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (DefaultEventExecutor loop : loops) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        allocator.close();
        allocator.awaitTermination(Duration.ofSeconds(30));
        assertThat(allocator.budget().used()).isZero();
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.created()).isEqualTo(stats.destroyed());
        }
    }

    private static int segments(int bytes) {
        return Math.max(1, (8 << 10) / bytes);
    }

    private static int privateItems(int bytes) {
        return bytes <= 32 << 10 ? 64 : Math.max(1, (1 << 20) / bytes);
    }

    private static IntStream classes() {
        return IntStream.range(0, SizeClasses.COUNT).map(SizeClasses::bytes);
    }

    /** R of the README, where as many buffers of each class exist. */
    private static long direct(IntUnaryOperator buffers) {
        return classes()
                .mapToLong(bytes -> {
                    long segments = segments(bytes);
                    long slabs = (buffers.applyAsInt(bytes) + segments - 1) / segments;
                    return slabs * segments * bytes;
                })
                .sum();
    }

    private static long heap(IntUnaryOperator buffers) {
        return classes()
                .mapToLong(bytes -> (long) buffers.applyAsInt(bytes) * bytes)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void loopsThatTouchEveryClassReserveASlabsWorthOfEach(int count) throws Exception {
        startLoops(count);
        List<ByteBuf> held = new ArrayList<>();
        for (DefaultEventExecutor loop : loops) {
            held.addAll(take(loop, bytes -> 1));
        }
        assertReserved(bytes -> count);
        releaseAtHome(held, bytes -> 1);
        assertReserved(bytes -> count);
        assertThat(allocator.metric().direct().idleBytes()).isEqualTo(heap(bytes -> count));
        assertThat(allocator.metric().direct().unusableBytes())
                .isEqualTo(direct(bytes -> count) - heap(bytes -> count));
    }

    /** As on a machine with many processors. */
    @Test
    void sixtyFourLoopsShareTheSlabsOfTheClassesThatTheyTouch() throws Exception {
        int count = 64;
        startLoops(count);
        IntUnaryOperator one = upTo(64 << 10, bytes -> 1);
        List<ByteBuf> held = new ArrayList<>();
        for (DefaultEventExecutor loop : loops) {
            held.addAll(take(loop, one));
        }
        assertReserved(upTo(64 << 10, bytes -> count));
        releaseAtHome(held, one);
        assertReserved(upTo(64 << 10, bytes -> count));
        allocator.trim();
        await().untilAsserted(() -> assertThat(allocator.budget().used()).isZero());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void loopsThatFilledTheirStacksHoldTheCeilingOfWhatIsOutOfOthersReach(int count) throws Exception {
        startLoops(count);
        List<ByteBuf> held = new ArrayList<>();
        for (DefaultEventExecutor loop : loops) {
            held.addAll(take(loop, FootprintFormulaTest::privateItems));
        }
        releaseAtHome(held, FootprintFormulaTest::privateItems);
        assertReserved(bytes -> count * privateItems(bytes));
        assertThat(allocator.metric().directLoops())
                .hasSize(count)
                .allSatisfy(loop -> assertThat(loop.idleBytes()).isEqualTo(heap(FootprintFormulaTest::privateItems)));
        long created = allocator.metric().direct().created();
        startLoops(1);
        List<ByteBuf> anew = take(loops.get(count), bytes -> 1); // not one of them can be had by another loop
        assertThat(allocator.metric().direct().created()).isEqualTo(created + SizeClasses.COUNT);
        releaseAtHome(loops.get(count), anew);
    }

    /** One loop after another takes and releases, so that what the others keep is idle. */
    @Test
    void noMoreBuffersAreMadeThanWereInUseAndOtherLoopsKeep() throws Exception {
        int count = 4;
        int bytes = 16 << 10;
        startLoops(count);
        List<List<ByteBuf>> kept = new ArrayList<>();
        loops.forEach(loop -> kept.add(new ArrayList<>()));
        SplittableRandom random = new SplittableRandom(11);
        long mostInUse = 0;
        for (int turn = 0; turn < 300; turn++) {
            int i = random.nextInt(count);
            int taken = random.nextInt(6 * privateItems(bytes));
            List<ByteBuf> held = kept.get(i);
            held.addAll(loops.get(i).submit(() -> take(bytes, taken)).get());
            mostInUse = Math.max(mostInUse, allocator.metric().direct().inUse());
            List<ByteBuf> released = held.subList(0, random.nextInt(held.size() + 1));
            releaseAtHome(loops.get(i), released);
            released.clear();
        }
        assertThat(allocator.metric().direct().created())
                .isLessThanOrEqualTo(mostInUse + (long) (count - 1) * privateItems(bytes));
        for (int i = 0; i < count; i++) {
            releaseAtHome(loops.get(i), kept.get(i));
        }
    }

    /** Each buffer stays with the same chance: so does a slab, unless all of its buffers go. */
    @ParameterizedTest
    @ValueSource(ints = {256, 1 << 10, 2 << 10, 20 << 10})
    void whereATenthStaysScatteredTheSlabsStayThatHaveOneOfThem(int bytes) throws Exception {
        int count = 8_192;
        startLoops(1);
        List<ByteBuf> held = loops.get(0).submit(() -> take(bytes, count)).get();
        assertThat(allocator.metric().direct().reservedBytes()).isEqualTo((long) count * bytes);
        SplittableRandom random = new SplittableRandom(17);
        List<ByteBuf> left = new ArrayList<>();
        List<ByteBuf> released = new ArrayList<>();
        held.forEach(buf -> (random.nextInt(10) == 0 ? left : released).add(buf));
        releaseAtHome(loops.get(0), released);
        allocator.trim();
        double share = 1 - Math.pow(0.9, segments(bytes));
        await().untilAsserted(() ->
                assertThat(allocator.metric().direct().destroyed()).isEqualTo(released.size()));
        assertThat((double) allocator.metric().direct().reservedBytes())
                .isCloseTo(share * count * bytes, withPercentage(10))
                .isGreaterThanOrEqualTo((double) left.size() * bytes);
        releaseAtHome(loops.get(0), left);
    }

    private static boolean isLarge(int bytes) {
        return bytes >= 64 << 10;
    }

    /** Of the large classes, what one loop keeps to itself. */
    private static long largeStacks() {
        return heap(bytes -> isLarge(bytes) ? privateItems(bytes) : 0);
    }

    /** One loop after another takes a burst of any large sizes and releases some of what it has. */
    @Test
    void largeBuffersHoldTogetherWhatWasInUseAndOtherLoopsKeep() throws Exception {
        int count = 3;
        startLoops(count);
        List<List<ByteBuf>> kept = new ArrayList<>();
        loops.forEach(loop -> kept.add(new ArrayList<>()));
        SplittableRandom random = new SplittableRandom(13);
        long most = (long) count * (16 << 20);
        for (int turn = 0; turn < 300; turn++) {
            int i = random.nextInt(count);
            List<ByteBuf> held = kept.get(i);
            int taken = random.nextInt(40);
            int largest = 7 + random.nextInt(2); // 2 or 4 MiB
            held.addAll(loops.get(i)
                    .submit(() -> random.doubles(taken, 0, largest - 2)
                            .mapToObj(x -> allocator.directBuffer((int) (Math.pow(2, x) * (64 << 10))))
                            .toList())
                    .get());
            MemoryStats stats = allocator.metric().direct();
            most = Math.max(most, stats.inUseBytes());
            assertThat(stats.reservedBytes()).isLessThanOrEqualTo(most + (count - 1) * largeStacks());
            List<ByteBuf> released = held.subList(0, random.nextInt(held.size() + 1));
            releaseAtHome(loops.get(i), released);
            released.clear();
        }
        assertThat(allocator.metric().direct().destroyed())
                .as("that room was made")
                .isPositive();
        for (int i = 0; i < count; i++) {
            releaseAtHome(loops.get(i), kept.get(i));
        }
    }

    @Test
    void theConstantsAreThoseOfTheFormulas() {
        classes().forEach(bytes -> assertThat(SlabClass.segments(bytes)).isEqualTo(segments(bytes)));
        assertThat(BufferPools.MAX_PRIVATE_ITEMS).isEqualTo(64);
        assertThat(BufferPools.MAX_BURST_BYTES).isEqualTo(32 << 10);
        assertThat(BufferPools.MAX_PRIVATE_BYTES).isEqualTo(1 << 20);
        assertThat(SizeClasses.COUNT).isEqualTo(60);
        assertThat(SizeClasses.bytes(LargeClasses.FIRST)).isEqualTo(64 << 10);
        assertThat(LargeClasses.KEPT_BYTES_PER_LOOP).isEqualTo(16 << 20);
        assertThat(ForebayAllocator.builder().cyclePeriod()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void theReadmeHasTheFigures() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(readme)
                .contains(String.format(Locale.ROOT, "max(16 MiB · N, U) + (N − 1) · %.1f MiB", largeStacks() / MIB));
        for (int count : new int[] {1, 2, 4, 64}) {
            assertThat(readme)
                    .contains(
                            row(count, direct(upTo(64 << 10, bytes -> count)), direct(upTo(4 << 20, bytes -> count))));
            IntUnaryOperator stacks = bytes -> count * privateItems(bytes);
            assertThat(readme).contains(row(count, direct(upTo(16 << 10, stacks)), direct(upTo(4 << 20, stacks))));
        }
    }

    @Test
    void theReadmeSaysWhatTheDefaultsComeToOnSmallAndLargeMachines() throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains(String.format(
                        Locale.ROOT,
                        "two loops take %.1f MiB for a buffer of each class to 64 KiB, and keep at most %.1f MiB",
                        direct(upTo(64 << 10, bytes -> 2)) / MIB,
                        direct(upTo(4 << 20, bytes -> 2 * privateItems(bytes))) / MIB))
                .contains(String.format(
                        Locale.ROOT,
                        "64 loops take %.1f MiB and at most %.0f MiB",
                        direct(upTo(64 << 10, bytes -> 64)) / MIB,
                        direct(upTo(4 << 20, bytes -> 64 * privateItems(bytes))) / MIB));
    }

    private static IntUnaryOperator upTo(int most, IntUnaryOperator buffers) {
        return bytes -> bytes <= most ? buffers.applyAsInt(bytes) : 0;
    }

    private static String row(int loops, long first, long second) {
        return String.format(Locale.ROOT, "| %d | %.1f MiB | %.1f MiB |", loops, first / MIB, second / MIB);
    }

    private void assertReserved(IntUnaryOperator buffers) {
        assertThat(allocator.metric().direct().reservedBytes()).isEqualTo(direct(buffers));
        assertThat(allocator.metric().usedDirectMemory()).isEqualTo(direct(buffers));
        assertThat(allocator.metric().heap().reservedBytes()).isEqualTo(heap(buffers));
    }

    /** As many of each class as said, of both kinds of memory. */
    private List<ByteBuf> take(DefaultEventExecutor loop, IntUnaryOperator buffers) throws Exception {
        return loop.submit(() -> {
                    List<ByteBuf> bufs = new ArrayList<>();
                    classes().forEach(bytes -> {
                        for (int i = 0; i < buffers.applyAsInt(bytes); i++) {
                            bufs.add(allocator.directBuffer(bytes));
                            bufs.add(allocator.heapBuffer(bytes));
                        }
                    });
                    return bufs;
                })
                .get();
    }

    private List<ByteBuf> take(int bytes, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> allocator.directBuffer(bytes))
                .toList();
    }

    /** Each loop its own; the list has them loop by loop. */
    private void releaseAtHome(List<ByteBuf> held, IntUnaryOperator buffers) throws Exception {
        int each = held.size() / loops.size();
        assertThat(each).isEqualTo(2 * classes().map(buffers).sum());
        for (int i = 0; i < loops.size(); i++) {
            releaseAtHome(loops.get(i), held.subList(i * each, (i + 1) * each));
        }
    }

    private static void releaseAtHome(DefaultEventExecutor loop, List<ByteBuf> bufs) throws Exception {
        loop.submit(() -> bufs.forEach(ByteBuf::release)).sync();
    }
}
