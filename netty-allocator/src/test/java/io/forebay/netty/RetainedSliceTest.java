package io.forebay.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The slices that a loop hands on: objects of the buffer's, in each of its lives anew, and never two holders' at a time. */
class RetainedSliceTest {
    private static final int SIZE = 1024;
    private static final int MORE_THAN_KEPT = 20;
    private static final int ROUNDS = 2_000;

    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final DefaultEventExecutor otherLoop = new DefaultEventExecutor();
    private final ForebayAllocator allocator =
            ForebayAllocator.builder().cyclePeriod(Duration.ofHours(1)).build();

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    /** Buffers that the leak detector chose would come wrapped, and hand on no slice twice. */
    @BeforeEach
    void withoutLeakDetection() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        ResourceLeakDetector.setLevel(level);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        otherLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        allocator.close();
        allocator.termination().toCompletableFuture().get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        for (MemoryStats stats :
                List.of(allocator.metric().direct(), allocator.metric().heap())) {
            assertThat(stats.reservedBytes()).isZero();
            assertThat(stats.created()).isEqualTo(stats.destroyed());
        }
    }

    private static <T> T on(DefaultEventExecutor loop, Callable<T> task) {
        return end(loop.submit(task));
    }

    private static <T> T end(Future<T> task) {
        assertThat(task.awaitUninterruptibly(Patience.LIMIT.toMillis())).isTrue();
        return task.syncUninterruptibly().getNow();
    }

    private ByteBuf bare(boolean direct) {
        return direct ? allocator.directBuffer(SIZE) : allocator.heapBuffer(SIZE);
    }

    private static List<ByteBuf> slicesOf(ByteBuf buf, int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> buf.retainedSlice(i, i + 1))
                .toList();
    }

    private static int distinct(List<ByteBuf> bufs) {
        return objects(bufs).size();
    }

    /** Each for itself, whatever it holds. */
    private static Set<ByteBuf> objects(List<ByteBuf> bufs) {
        Set<ByteBuf> objects = Collections.newSetFromMap(new IdentityHashMap<>());
        objects.addAll(bufs);
        return objects;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theNextLifeHandsOnTheSameSlices(boolean direct) {
        on(loop, () -> {
            List<ByteBuf> all = new ArrayList<>();
            for (int life = 0; life < 3; life++) {
                ByteBuf buf = bare(direct);
                List<ByteBuf> slices = slicesOf(buf, 3);
                assertThat(distinct(slices)).isEqualTo(3);
                all.addAll(slices);
                slices.forEach(ByteBuf::release);
                assertThat(buf.release()).isTrue();
            }
            assertThat(distinct(all)).isEqualTo(3);
            return null;
        });
    }

    @Test
    void aSliceThatIsHandedOnAgainHasNothingOfItsLastLife() {
        on(loop, () -> {
            ByteBuf buf = bare(true);
            ByteBuf slice = buf.retainedSlice(100, 50);
            slice.skipBytes(10).markReaderIndex();
            slice.writerIndex(20).markWriterIndex();
            slice.release();
            buf.release();
            ByteBuf again = bare(true);
            ByteBuf next = again.setInt(7, 0x01020304).retainedSlice(7, 4);
            assertThat(next).isSameAs(slice);
            assertThat(next.capacity()).isEqualTo(4);
            assertThat(next.maxCapacity()).isEqualTo(4);
            assertThat(next.readableBytes()).isEqualTo(4);
            assertThat(next.resetReaderIndex().readerIndex()).isZero();
            assertThat(next.readInt()).isEqualTo(0x01020304);
            assertThat(next.readerIndex(0).resetWriterIndex().writerIndex()).isZero();
            assertThatThrownBy(() -> next.getByte(4)).isInstanceOf(IndexOutOfBoundsException.class);
            next.release();
            again.release();
            return null;
        });
    }

    @Test
    void noTwoSlicesOfALifeAreOneHoweverManyThereAre() {
        on(loop, () -> {
            for (int life = 0; life < 3; life++) {
                ByteBuf buf = bare(true);
                List<ByteBuf> slices = slicesOf(buf, MORE_THAN_KEPT);
                assertThat(distinct(slices)).isEqualTo(MORE_THAN_KEPT);
                slices.forEach(ByteBuf::release);
                buf.release();
            }
            return null;
        });
    }

    @Test
    void aLifeThatTheLeakDetectorWatchesHandsOnNoneOfThem() {
        on(loop, () -> {
            ByteBuf buf = bare(true);
            List<ByteBuf> kept = slicesOf(buf, 3);
            kept.forEach(ByteBuf::release);
            buf.release();
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
            ByteBuf watched = bare(true);
            List<ByteBuf> slices = slicesOf(watched, 3);
            assertThat(watched.unwrap()).isSameAs(buf);
            assertThat(slices).map(ByteBuf::unwrap).allMatch(PooledSlice.class::isInstance);
            assertThat(slices).map(ByteBuf::unwrap).noneMatch(objects(kept)::contains);
            slices.forEach(ByteBuf::release);
            watched.release();
            return null;
        });
    }

    @Test
    void aThreadThatIsNotTheBuffersLoopMakesSlicesOfItsOwn() {
        ByteBuf buf = on(loop, () -> bare(true));
        List<ByteBuf> others = on(otherLoop, () -> slicesOf(buf, 3));
        List<ByteBuf> own = on(loop, () -> slicesOf(buf, 3));
        others.forEach(ByteBuf::release);
        own.forEach(ByteBuf::release);
        buf.release();
        assertThat(objects(slicesOfTheNextLife(loop, SIZE)).containsAll(own)).isTrue();
    }

    /** Until its next life, as who cut slices before may not know yet that it is another loop's now. It grew to twice what was asked for. */
    @Test
    void aBufferThatGrewElsewhereHandsOnNoSliceOfItsOwn() {
        ByteBuf buf = on(loop, () -> bare(true));
        List<ByteBuf> before = on(loop, () -> slicesOf(buf, 1));
        List<ByteBuf> after = on(otherLoop, () -> {
            buf.capacity(4 * SIZE);
            return slicesOf(buf, 2);
        });
        before.forEach(ByteBuf::release);
        after.forEach(ByteBuf::release);
        buf.release();
        Set<ByteBuf> next = objects(slicesOfTheNextLife(otherLoop, 8 * SIZE));
        assertThat(next.containsAll(before)).isTrue();
        assertThat(after.stream().noneMatch(next::contains)).isTrue();
    }

    private List<ByteBuf> slicesOfTheNextLife(DefaultEventExecutor home, int size) {
        return on(home, () -> {
            ByteBuf buf = allocator.directBuffer(size);
            List<ByteBuf> slices = slicesOf(buf, 3);
            slices.forEach(ByteBuf::release);
            buf.release();
            return slices;
        });
    }

    @Test
    void slicesFollowABufferThatGrows() {
        on(loop, () -> {
            ByteBuf buf = bare(true);
            ByteBuf slice = buf.setByte(10, 1).retainedSlice(10, 1);
            buf.capacity(4 * SIZE).setByte(10, 2);
            assertThat(slice.getByte(0)).isEqualTo((byte) 2);
            slice.release();
            buf.release();
            return null;
        });
    }

    @Test
    void aSliceOfASliceIsOneOfTheWhole() {
        on(loop, () -> {
            ByteBuf buf = bare(true);
            ByteBuf slice = buf.setByte(120, 7).retainedSlice(100, 50);
            ByteBuf nested = slice.retainedSlice(20, 1);
            assertThat(nested.unwrap()).isSameAs(buf);
            assertThat(nested.getByte(0)).isEqualTo((byte) 7);
            assertThatThrownBy(() -> slice.retainedSlice(50, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(buf.refCnt()).isEqualTo(3);
            buf.release(3);
            return null;
        });
    }

    @Test
    void whatIsRefusedTakesNoReference() {
        on(loop, () -> {
            ByteBuf buf = bare(true);
            assertThatThrownBy(() -> buf.retainedSlice(0, SIZE + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buf.retainedSlice(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(buf.refCnt()).isEqualTo(1);
            ByteBuf slice = buf.retainedSlice();
            assertThatThrownBy(() -> slice.capacity(10))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("wanted=10");
            assertThat(slice.release()).isFalse();
            assertThat(buf.release()).isTrue();
            assertThatThrownBy(buf::retainedSlice).isInstanceOf(IllegalReferenceCountException.class);
            assertThatThrownBy(slice::retainedSlice).isInstanceOf(IllegalReferenceCountException.class);
            assertThatThrownBy(slice::release).isInstanceOf(IllegalReferenceCountException.class);
            return null;
        });
    }

    /** Both loops cut slices of the same buffers at once; each writes its stamp and finds no other. */
    @Test
    void slicesOfTwoLoopsDoNotMeet() {
        Random random = new Random(1);
        CyclicBarrier both = new CyclicBarrier(2);
        for (int round = 0; round < ROUNDS; round++) {
            int own = random.nextInt(4);
            int others = random.nextInt(4);
            ByteBuf buf = on(loop, () -> bare(true));
            buf.retain();
            var here = loop.submit(() -> stamp(both, buf, 0, own, (byte) 1));
            var there = otherLoop.submit(() -> stamp(both, buf, 512, others, (byte) 2));
            assertThat(end(here)).isTrue();
            assertThat(end(there)).isTrue();
        }
    }

    /** Releases the buffer, too. */
    private static boolean stamp(CyclicBarrier both, ByteBuf buf, int from, int number, byte stamp) throws Exception {
        both.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        List<ByteBuf> slices = IntStream.range(0, number)
                .mapToObj(i -> buf.retainedSlice(from + 16 * i, 16))
                .toList();
        slices.forEach(slice -> slice.clear().writeLong(stamp).writeLong(-stamp));
        boolean right = slices.stream().allMatch(slice -> slice.readLong() == stamp && slice.readLong() == -stamp);
        slices.forEach(ByteBuf::release);
        buf.release();
        return right;
    }
}
