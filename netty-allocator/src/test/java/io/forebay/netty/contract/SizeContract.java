package io.forebay.netty.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Less than the contract of a buffer, but for each size at which an allocator might change its mind. */
interface SizeContract extends ContractSubject {
    int MAX_POOLED = 4 << 20;

    /** Keeps a burst within a small test machine. */
    int MAX_BURST = 256 << 10;

    /** Around each quarter step of each doubling: the edges of every known scheme of size classes lie there. */
    static IntStream edges() {
        IntStream steps = IntStream.rangeClosed(0, 22)
                .map(shift -> 1 << shift)
                .flatMap(base -> IntStream.of(base, base + base / 4, base + base / 2, base + base / 4 * 3));
        return steps.flatMap(step -> IntStream.of(step - 1, step, step + 1))
                .filter(size -> size > 0 && size <= MAX_POOLED + 1)
                .distinct();
    }

    @Test
    default void buffersOfEverySizeHoldTheirBytesAndGrow() {
        edges().forEach(size -> {
            holdsAndGrows(allocator().directBuffer(size), size);
            holdsAndGrows(allocator().heapBuffer(size), size);
        });
    }

    private void holdsAndGrows(ByteBuf fresh, int size) {
        runAndRelease(fresh, buf -> {
            assertThat(buf.capacity()).isEqualTo(size);
            assertThat(buf.maxFastWritableBytes()).isGreaterThanOrEqualTo(size);
            Pattern.write(buf, size, size);
            Pattern.verify(buf, size, size);
            buf.ensureWritable(1);
            Pattern.verify(buf, size, size);
            buf.writeByte(1);
            assertThat(buf.capacity()).isGreaterThan(size);
            buf.capacity(size / 2);
            Pattern.verify(buf, size, size / 2);
        });
    }

    @Test
    default void buffersOfEverySizeMayBeAliveAtOnce() {
        for (int round = 0; round < 2; round++) {
            List<ByteBuf> alive = new ArrayList<>();
            edges().filter(size -> size <= MAX_BURST).forEach(size -> {
                alive.add(Pattern.write(allocator().directBuffer(size), alive.size(), size));
                alive.add(Pattern.write(allocator().heapBuffer(size), alive.size(), size));
            });
            for (int i = 0; i < alive.size(); i++) {
                Pattern.verify(alive.get(i), i, alive.get(i).writerIndex());
            }
            alive.forEach(ByteBuf::release);
        }
    }

    @Test
    default void buffersComeAndGoInAnyOrder() {
        long seed = 8192;
        var random = new Random(seed);
        Deque<ByteBuf> alive = new ArrayDeque<>();
        for (int i = 0; i < 20_000; i++) {
            int size = 1 + random.nextInt(1 << random.nextInt(14));
            ByteBuf buf = random.nextBoolean()
                    ? allocator().directBuffer(size)
                    : allocator().heapBuffer(size);
            Pattern.write(buf, size, size);
            if (random.nextBoolean()) {
                alive.addFirst(buf);
            } else {
                alive.addLast(buf);
            }
            while (alive.size() > random.nextInt(256)) {
                ByteBuf oldest = random.nextBoolean() ? alive.removeFirst() : alive.removeLast();
                Pattern.verify(oldest, oldest.writerIndex(), oldest.writerIndex());
                oldest.release();
            }
        }
        alive.forEach(ByteBuf::release);
    }

    @Test
    default void manyBuffersOfOneSizeAreDistinct() {
        for (int size : new int[] {1, 64, 200, 256, 1024, 4096, 16_384}) {
            List<ByteBuf> alive = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                alive.add(Pattern.write(allocator().directBuffer(size), i, size));
            }
            for (int i = 0; i < alive.size(); i++) {
                Pattern.verify(alive.get(i), i, size);
            }
            alive.forEach(ByteBuf::release);
        }
    }

    @Test
    default void aBufferGrowsThroughEverySizeAndKeepsItsBytes() {
        for (ByteBuf fresh : List.of(allocator().directBuffer(0), allocator().heapBuffer(0))) {
            runAndRelease(fresh, buf -> {
                int written = 0;
                for (int size : edges().sorted().toArray()) {
                    buf.capacity(size);
                    assertThat(buf.capacity()).isEqualTo(size);
                    for (; written + Long.BYTES <= size && written < (1 << 16); written += Long.BYTES) {
                        buf.setLong(written, written);
                    }
                }
                for (int i = 0; i < written; i += Long.BYTES) {
                    assertThat(buf.getLong(i)).isEqualTo(i);
                }
            });
        }
    }
}
